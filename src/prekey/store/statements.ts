/**
 * The statements. `$1` is the identity in all of them but the one that looks for what has ended: whoever spreads the tables by it
 * has each of them answered by one machine.
 */
export interface Statement {
  /** The same for the same text always, so that a connection plans it once. */
  readonly name: string
  readonly text: string
}

/**
 * One prekey message of every live instance, taken away as it is read. Two takers never get the same: each locks the row that it
 * will delete, and passes over those that others hold. `$2` the versions wanted, `$3` now.
 *
 * The common table expressions that lock are computed once: inlined, a planner may run a sub-select with LIMIT several times.
 */
export const takeEnsembles: Statement = {
  name: 'take',
  text: `
WITH live AS MATERIALIZED (
  SELECT instance_tag, client_profile, prekey_profile FROM otr4_prekey_instance
  WHERE identity = $1::bytea AND client_expires > $3::bigint AND prekey_expires > $3::bigint AND translate(versions, $2::text, '') <> versions
), picked AS MATERIALIZED (
  SELECT one.instance_tag, one.position FROM live CROSS JOIN LATERAL (
    SELECT m.instance_tag, m.position FROM otr4_prekey_message m
    WHERE m.identity = $1::bytea AND m.instance_tag = live.instance_tag AND m.ends > $3::bigint
    ORDER BY m.position LIMIT 1 FOR UPDATE SKIP LOCKED
  ) one
), taken AS (
  DELETE FROM otr4_prekey_message m USING picked
  WHERE m.identity = $1::bytea AND m.instance_tag = picked.instance_tag AND m.position = picked.position
  RETURNING m.instance_tag, m.message
)
SELECT live.instance_tag, live.client_profile, live.prekey_profile, taken.message,
  (SELECT count(*) - 1 FROM otr4_prekey_message c WHERE c.identity = $1::bytea AND c.instance_tag = live.instance_tag
    AND c.ends > $3::bigint) AS remain
FROM taken JOIN live ON live.instance_tag = taken.instance_tag
ORDER BY live.instance_tag`,
}

/** How many prekey messages the instance `$2` has in store, while its profile with the fingerprint `$3` lasts; `$4` now. */
export const countMessages: Statement = {
  name: 'count',
  text: `
SELECT count(*) AS stored FROM otr4_prekey_message m
WHERE m.identity = $1::bytea AND m.instance_tag = $2::bigint AND m.ends > $4::bigint AND EXISTS (
  SELECT 1 FROM otr4_prekey_instance i
  WHERE i.identity = $1::bytea AND i.instance_tag = $2::bigint AND i.fingerprint = $3::bytea AND i.client_expires > $4::bigint)`,
}

/** Makes changes of one identity come one after another. `$2` now. */
export const lockPublisher: Statement = {
  name: 'lock-publisher',
  text: `
INSERT INTO otr4_prekey_owner (identity, published) VALUES ($1::bytea, $2::bigint)
ON CONFLICT (identity) DO UPDATE SET published = excluded.published`,
}

/** The same for one who has published before; gives nothing when somebody else holds it. */
export const tryLockOwner: Statement = {
  name: 'try-lock-owner',
  text: 'SELECT published FROM otr4_prekey_owner WHERE identity = $1::bytea FOR UPDATE SKIP LOCKED',
}

export const listInstances: Statement = {
  name: 'list-instances',
  text: `
SELECT instance_tag, fingerprint, client_expires, client_profile, versions, prekey_expires, prekey_profile
FROM otr4_prekey_instance WHERE identity = $1::bytea`,
}

/** Of each instance: how many prekey messages it has, the position of the last, and when the first of them ends. */
export const countByInstance: Statement = {
  name: 'count-by-instance',
  text: `
SELECT instance_tag, count(*) AS stored, max(position) AS last, min(ends) AS ends
FROM otr4_prekey_message WHERE identity = $1::bytea GROUP BY instance_tag`,
}

/** Which of the identifiers `$3` the instance `$2` has in store. */
export const findIdentifiers: Statement = {
  name: 'find-identifiers',
  text: `
SELECT identifier FROM otr4_prekey_message
WHERE identity = $1::bytea AND instance_tag = $2::bigint AND identifier = ANY ($3::bigint[])`,
}

/** `$2` tag, `$3` fingerprint, `$4` versions, `$5`, `$6` Client Profile and its end, `$7`, `$8` Prekey Profile and its end, `$9` the next end. */
export const putInstance: Statement = {
  name: 'put-instance',
  text: `
INSERT INTO otr4_prekey_instance
  (identity, instance_tag, fingerprint, versions, client_profile, client_expires, prekey_profile, prekey_expires, ends)
VALUES ($1::bytea, $2::bigint, $3::bytea, $4::text, $5::bytea, $6::bigint, $7::bytea, $8::bigint, $9::bigint)
ON CONFLICT (identity, instance_tag) DO UPDATE SET
  fingerprint = excluded.fingerprint, versions = excluded.versions,
  client_profile = excluded.client_profile, client_expires = excluded.client_expires,
  prekey_profile = excluded.prekey_profile, prekey_expires = excluded.prekey_expires, ends = excluded.ends`,
}

/** `$2` tag, `$3` positions, `$4` identifiers, `$5` messages: as many of each; `$6` when they end. */
export const putMessages: Statement = {
  name: 'put-messages',
  text: `
INSERT INTO otr4_prekey_message (identity, instance_tag, position, identifier, ends, message)
SELECT $1::bytea, $2::bigint, one.position, one.identifier, $6::bigint, one.message
FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS one (position, identifier, message)`,
}

/** All prekey messages of the instance `$2`. */
export const dropMessages: Statement = {
  name: 'drop-messages',
  text: 'DELETE FROM otr4_prekey_message WHERE identity = $1::bytea AND instance_tag = $2::bigint RETURNING 1 AS one',
}

/** Prekey messages that have ended at `$2`. */
export const dropEndedMessages: Statement = {
  name: 'drop-ended-messages',
  text: 'DELETE FROM otr4_prekey_message WHERE identity = $1::bytea AND ends <= $2::bigint RETURNING 1 AS one',
}

export const dropInstance: Statement = {
  name: 'drop-instance',
  text: 'DELETE FROM otr4_prekey_instance WHERE identity = $1::bytea AND instance_tag = $2::bigint RETURNING 1 AS one',
}

/** Forgets an identity that has nothing stored. Only under its lock. */
export const dropOwner: Statement = {
  name: 'drop-owner',
  text: `
DELETE FROM otr4_prekey_owner WHERE identity = $1::bytea
AND NOT EXISTS (SELECT 1 FROM otr4_prekey_instance i WHERE i.identity = $1::bytea) RETURNING 1 AS one`,
}

/** Identities that have something which has ended at `$1`, at most `$2` rows. */
export const findEnded: Statement = {
  name: 'find-ended',
  text: 'SELECT identity FROM otr4_prekey_instance WHERE ends <= $1::bigint ORDER BY ends LIMIT $2::bigint',
}
