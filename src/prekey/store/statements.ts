/**
 * An SQL statement. `$1` is the identity in every statement except the one that finds expired rows. So if the tables are partitioned by
 * the identity, one machine answers each statement.
 */
export interface Statement {
  /** Always the same for the same text, so that each connection plans the statement once. */
  readonly name: string
  readonly text: string
}

/**
 * Takes one prekey message of every instance that has not expired: reads and deletes it in one statement. Two callers never get the same
 * one: each locks the row that it will delete, and skips rows that others have locked. `$2`: the wanted versions; `$3`: now.
 *
 * The common table expressions with locks are MATERIALIZED, so that each is computed once. If they were inlined, the planner might run a
 * sub-select with LIMIT several times.
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

/** Counts the stored prekey messages of the instance `$2`, if its profile has the fingerprint `$3` and has not expired; `$4`: now. */
export const countMessages: Statement = {
  name: 'count',
  text: `
SELECT count(*) AS stored FROM otr4_prekey_message m
WHERE m.identity = $1::bytea AND m.instance_tag = $2::bigint AND m.ends > $4::bigint AND EXISTS (
  SELECT 1 FROM otr4_prekey_instance i
  WHERE i.identity = $1::bytea AND i.instance_tag = $2::bigint AND i.fingerprint = $3::bytea AND i.client_expires > $4::bigint)`,
}

/** Takes the lock of an identity, so that its changes happen one after another. `$2`: now. */
export const lockPublisher: Statement = {
  name: 'lock-publisher',
  text: `
INSERT INTO otr4_prekey_owner (identity, published) VALUES ($1::bytea, $2::bigint)
ON CONFLICT (identity) DO UPDATE SET published = excluded.published`,
}

/** Takes the lock of an identity that has published before. Returns no row if another transaction has it. */
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

/** For each instance: the number of its prekey messages, the position of the last, and when the first of them expires. */
export const countByInstance: Statement = {
  name: 'count-by-instance',
  text: `
SELECT instance_tag, count(*) AS stored, max(position) AS last, min(ends) AS ends
FROM otr4_prekey_message WHERE identity = $1::bytea GROUP BY instance_tag`,
}

/** Finds those of the identifiers `$3` that the instance `$2` has in the store. */
export const findIdentifiers: Statement = {
  name: 'find-identifiers',
  text: `
SELECT identifier FROM otr4_prekey_message
WHERE identity = $1::bytea AND instance_tag = $2::bigint AND identifier = ANY ($3::bigint[])`,
}

/**
 * Stores an instance. `$2`: tag; `$3`: fingerprint; `$4`: versions; `$5`, `$6`: Client Profile and its expiration; `$7`, `$8`: Prekey Profile
 * and its expiration; `$9`: when the first of its profiles and prekey messages expires.
 */
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

/** Stores prekey messages. `$2`: tag; `$3`, `$4`, `$5`: arrays of positions, identifiers and messages, equally long; `$6`: when all expire. */
export const putMessages: Statement = {
  name: 'put-messages',
  text: `
INSERT INTO otr4_prekey_message (identity, instance_tag, position, identifier, ends, message)
SELECT $1::bytea, $2::bigint, one.position, one.identifier, $6::bigint, one.message
FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS one (position, identifier, message)`,
}

/** Deletes all prekey messages of the instance `$2`. */
export const dropMessages: Statement = {
  name: 'drop-messages',
  text: 'DELETE FROM otr4_prekey_message WHERE identity = $1::bytea AND instance_tag = $2::bigint RETURNING 1 AS one',
}

/** Deletes the prekey messages that have expired at `$2`. */
export const dropEndedMessages: Statement = {
  name: 'drop-ended-messages',
  text: 'DELETE FROM otr4_prekey_message WHERE identity = $1::bytea AND ends <= $2::bigint RETURNING 1 AS one',
}

export const dropInstance: Statement = {
  name: 'drop-instance',
  text: 'DELETE FROM otr4_prekey_instance WHERE identity = $1::bytea AND instance_tag = $2::bigint RETURNING 1 AS one',
}

/** Deletes the row of an identity that has no instance left. Only under its lock. */
export const dropOwner: Statement = {
  name: 'drop-owner',
  text: `
DELETE FROM otr4_prekey_owner WHERE identity = $1::bytea
AND NOT EXISTS (SELECT 1 FROM otr4_prekey_instance i WHERE i.identity = $1::bytea) RETURNING 1 AS one`,
}

/** Finds identities that have something that has expired at `$1`; at most `$2` rows. */
export const findEnded: Statement = {
  name: 'find-ended',
  text: 'SELECT identity FROM otr4_prekey_instance WHERE ends <= $1::bigint ORDER BY ends LIMIT $2::bigint',
}
