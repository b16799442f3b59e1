/* The peer protocol over libotr: one JSON request a line in, one JSON response a line out. */
#define _GNU_SOURCE
#include "client.h"

#include <libotr/b64.h>
#include <libotr/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct failure {
    const char *code;
    const char *message;
};

static struct client client;

static const char *text_of(json_object *request, const char *key) {
    json_object *value;
    if (!json_object_object_get_ex(request, key, &value) || json_object_get_type(value) != json_type_string) return NULL;
    return json_object_get_string(value);
}

static int64_t number_of(json_object *request, const char *key, int64_t fallback) {
    json_object *value;
    if (!json_object_object_get_ex(request, key, &value) || json_object_get_type(value) != json_type_int) return fallback;
    return json_object_get_int64(value);
}

static unsigned char *bytes_of(json_object *request, const char *key, size_t *length) {
    const char *text = text_of(request, key);
    size_t size = text ? strlen(text) : 0;
    unsigned char *bytes = malloc(size + 3);
    *length = size ? otrl_base64_decode(bytes, text, size) : 0;
    return bytes;
}

static struct failure *fail(struct failure *failure, const char *code, const char *message) {
    failure->code = code;
    failure->message = message;
    return failure;
}

#define UNSUPPORTED(what) fail(f, "UNSUPPORTED", what)
#define NEEDS(what) fail(f, "OTR_REQUEST", "needs " what)
#define NO_SESSION() fail(f, "OTR_STATE", "no encrypted session")

static struct failure *cmd_hello(json_object *request, json_object *response, struct failure *f) {
    static const char *features[] = {"v2", "v3", "smp", "fragments", "extra-key", "heartbeat"};
    json_object *list = json_object_new_array();
    (void)request, (void)f;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) json_object_array_add(list, json_object_new_string(features[i]));
    json_object_object_add(response, "name", json_object_new_string("libotr"));
    json_object_object_add(response, "version", json_object_new_string(otrl_version()));
    json_object_object_add(response, "protocol", json_object_new_int(1));
    json_object_object_add(response, "features", list);
    json_object_object_add(response, "clock", json_object_new_string(clock_is_given() ? "given" : "system"));
    return NULL;
}

static struct failure *cmd_account(json_object *request, json_object *response, struct failure *f) {
    const char *account = text_of(request, "account");
    const char *versions = text_of(request, "versions");
    char hex[41];
    if (!account) return NEEDS("account");
    if (versions && !strpbrk(versions, "23")) return UNSUPPORTED("libotr speaks versions 2 and 3");
    if (text_of(request, "ed448")) return UNSUPPORTED("libotr has no Ed448 keys");
    if (client.state) return fail(f, "OTR_STATE", "there is an account already");
    const char *wrong = client_open(&client, account, text_of(request, "dsa"), (otrl_instag_t)number_of(request, "tag", 0));
    if (wrong) return fail(f, "OTR_FILE", wrong);
    if (versions) client.policy = (strchr(versions, '2') ? OTRL_POLICY_ALLOW_V2 : 0) | (strchr(versions, '3') ? OTRL_POLICY_ALLOW_V3 : 0);
    client_fingerprint(&client, hex);
    json_object_object_add(response, "tag", json_object_new_int64(client_tag(&client)));
    json_object_object_add(response, "fingerprint3", json_object_new_string(hex));
    return NULL;
}

static struct failure *cmd_policy(json_object *request, json_object *response, struct failure *f) {
    static const struct { const char *key; OtrlPolicy flag; } flags[] = {
        {"requireEncryption", OTRL_POLICY_REQUIRE_ENCRYPTION}, {"sendWhitespaceTag", OTRL_POLICY_SEND_WHITESPACE_TAG},
        {"whitespaceStartsAke", OTRL_POLICY_WHITESPACE_START_AKE}, {"errorStartsAke", OTRL_POLICY_ERROR_START_AKE},
        {"allowV2", OTRL_POLICY_ALLOW_V2}, {"allowV3", OTRL_POLICY_ALLOW_V3},
    };
    (void)response;
    json_object_object_foreach(request, key, value) {
        if (!strcmp(key, "id") || !strcmp(key, "cmd")) continue;
        if (!strcmp(key, "maxMessageLength")) {
            client.max_message_length = json_object_get_int(value);
            continue;
        }
        if (!strcmp(key, "allowV4") && !json_object_get_boolean(value)) continue;
        size_t i = 0, n = sizeof flags / sizeof *flags;
        while (i < n && strcmp(key, flags[i].key)) i++;
        if (i == n) return UNSUPPORTED(key);
        if (json_object_get_boolean(value)) client.policy |= flags[i].flag;
        else client.policy &= ~flags[i].flag;
    }
    return NULL;
}

static struct failure *cmd_clock(json_object *request, json_object *response, struct failure *f) {
    (void)response, (void)f;
    clock_set((long)number_of(request, "now", 0));
    if (client.state) otrl_message_poll(client.state, &client_ops, &client);
    return NULL;
}

static struct failure *cmd_start(json_object *request, json_object *response, struct failure *f) {
    const char *how = text_of(request, "how");
    const char *to = text_of(request, "to");
    (void)response;
    if (!to) return NEEDS("to");
    if (how && strcmp(how, "query")) return UNSUPPORTED("how");
    client_start(&client, to);
    return NULL;
}

static struct failure *cmd_receive(json_object *request, json_object *response, struct failure *f) {
    const char *from = text_of(request, "from");
    const char *message = text_of(request, "message");
    (void)response;
    if (!from || !message) return NEEDS("from and message");
    client_receive(&client, from, message);
    return NULL;
}

static struct failure *cmd_send(json_object *request, json_object *response, struct failure *f) {
    const char *to = text_of(request, "to");
    const char *text = text_of(request, "text");
    json_object *list;
    OtrlTLV *tlvs = NULL;
    (void)response;
    if (!to || !text) return NEEDS("to and text");
    if (json_object_object_get_ex(request, "tlvs", &list)) {
        for (size_t i = json_object_array_length(list); i-- > 0;) {
            json_object *item = json_object_array_get_idx(list, i);
            size_t length;
            unsigned char *value = bytes_of(item, "value", &length);
            OtrlTLV *tlv = otrl_tlv_new((unsigned short)number_of(item, "type", 0), (unsigned short)length, value);
            free(value);
            tlv->next = tlvs;
            tlvs = tlv;
        }
    }
    gcry_error_t err = client_send(&client, to, (otrl_instag_t)number_of(request, "instance", OTRL_INSTAG_BEST), text, tlvs);
    otrl_tlv_free(tlvs);
    return err ? fail(f, "OTR_STATE", gcry_strerror(err)) : NULL;
}

static ConnContext *encrypted_context(json_object *request) {
    const char *to = text_of(request, "to");
    ConnContext *context = to ? client_context(&client, to) : NULL;
    return context && context->msgstate == OTRL_MSGSTATE_ENCRYPTED ? context : NULL;
}

static struct failure *cmd_smp_start(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    const char *secret = text_of(request, "secret");
    const char *question = text_of(request, "question");
    (void)response;
    if (!secret) return NEEDS("secret");
    if (!context) return NO_SESSION();
    if (question) otrl_message_initiate_smp_q(client.state, &client_ops, &client, context, question, (const unsigned char *)secret, strlen(secret));
    else otrl_message_initiate_smp(client.state, &client_ops, &client, context, (const unsigned char *)secret, strlen(secret));
    return NULL;
}

static struct failure *cmd_smp_answer(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    const char *secret = text_of(request, "secret");
    (void)response;
    if (!secret) return NEEDS("secret");
    if (!context) return NO_SESSION();
    otrl_message_respond_smp(client.state, &client_ops, &client, context, (const unsigned char *)secret, strlen(secret));
    return NULL;
}

static struct failure *cmd_smp_abort(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    (void)response;
    if (!context) return NO_SESSION();
    otrl_message_abort_smp(client.state, &client_ops, &client, context);
    return NULL;
}

static struct failure *cmd_extra_key(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    unsigned char key[OTRL_EXTRAKEY_BYTES];
    char hex[2 * OTRL_EXTRAKEY_BYTES + 1];
    size_t length;
    if (!context) return NO_SESSION();
    unsigned char *data = bytes_of(request, "data", &length);
    gcry_error_t err = otrl_message_symkey(client.state, &client_ops, &client, context, (unsigned int)number_of(request, "context", 0), data, length, key);
    free(data);
    if (err) return fail(f, "OTR_STATE", gcry_strerror(err));
    hex_encode(key, sizeof key, hex);
    json_object_object_add(response, "key", json_object_new_string(hex));
    return NULL;
}

static struct failure *cmd_end(json_object *request, json_object *response, struct failure *f) {
    const char *to = text_of(request, "to");
    (void)response;
    if (!to) return NEEDS("to");
    client_end(&client, to);
    return NULL;
}

static struct failure *cmd_trust(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    const char *level = text_of(request, "level");
    (void)response;
    if (!context || !context->active_fingerprint) return NO_SESSION();
    otrl_context_set_trust(context->active_fingerprint, level && !strcmp(level, "verified") ? "manual" : "");
    return NULL;
}

static struct failure *cmd_status(json_object *request, json_object *response, struct failure *f) {
    static const char *names[] = {"plaintext", "encrypted", "finished"};
    const char *of = text_of(request, "of");
    json_object *list = json_object_new_array();
    char hex[41];
    if (!of) return NEEDS("of");
    for (ConnContext *c = client.state->context_root; c; c = c->next) {
        /* Version 2 has no instances: its session lies in what is the parent of all others. */
        int tagged = c->their_instance >= OTRL_MIN_VALID_INSTAG;
        if (strcmp(c->username, of) || (!tagged && c->msgstate == OTRL_MSGSTATE_PLAINTEXT)) continue;
        json_object *s = json_object_new_object();
        if (tagged) json_object_object_add(s, "instance", json_object_new_int64(c->their_instance));
        json_object_object_add(s, "state", json_object_new_string(names[c->msgstate]));
        json_object_object_add(s, "version", json_object_new_int((int)c->protocol_version));
        json_object_object_add(s, "offline", json_object_new_boolean(0));
        if (c->msgstate == OTRL_MSGSTATE_ENCRYPTED) {
            int first = c->sessionid_half == OTRL_SESSIONID_FIRST_HALF_BOLD;
            hex_encode(c->sessionid, c->sessionid_len, hex);
            json_object_object_add(s, "ssid", json_object_new_string(hex));
            json_object_object_add(s, "ssidBold", json_object_new_string(first ? "first" : "second"));
            /* Whoever sent the D-H Commit shows the first half in bold. */
            json_object_object_add(s, "initiator", json_object_new_boolean(first));
        }
        if (c->active_fingerprint) {
            hex_encode(c->active_fingerprint->fingerprint, 20, hex);
            json_object_object_add(s, "fingerprint", json_object_new_string(hex));
            json_object_object_add(s, "trust", json_object_new_string(otrl_context_is_fingerprint_trusted(c->active_fingerprint) ? "verified" : "unknown"));
        }
        json_object_array_add(list, s);
    }
    json_object_object_add(response, "sessions", list);
    ConnContext *best = client_context(&client, of);
    if (best && best->their_instance >= OTRL_MIN_VALID_INSTAG)
        json_object_object_add(response, "selected", json_object_new_int64(best->their_instance));
    return NULL;
}

static void put_mpi(json_object *object, const char *key, gcry_mpi_t value) {
    unsigned char *hex = NULL;
    if (!value || gcry_mpi_aprint(GCRYMPI_FMT_HEX, &hex, NULL, value)) return;
    json_object_object_add(object, key, json_object_new_string((char *)hex));
    gcry_free(hex);
}

/* Outside the protocol: the D-H keys of the session, so that the libotr toolkit can be given them. */
static struct failure *cmd_x_dh_keys(json_object *request, json_object *response, struct failure *f) {
    ConnContext *context = encrypted_context(request);
    if (!context) return NO_SESSION();
    ConnContextPriv *keys = context->context_priv;
    json_object_object_add(response, "ourKeyId", json_object_new_int64(keys->our_keyid));
    json_object_object_add(response, "theirKeyId", json_object_new_int64(keys->their_keyid));
    put_mpi(response, "ourPrivate", keys->our_dh_key.priv);
    put_mpi(response, "ourOldPrivate", keys->our_old_dh_key.priv);
    put_mpi(response, "theirPublic", keys->their_y);
    put_mpi(response, "theirOldPublic", keys->their_old_y);
    return NULL;
}

static struct failure *cmd_bye(json_object *request, json_object *response, struct failure *f) {
    (void)request, (void)response, (void)f;
    return NULL;
}

static const struct command {
    const char *name;
    struct failure *(*run)(json_object *request, json_object *response, struct failure *f);
    int needs_account;
} commands[] = {
    {"hello", cmd_hello, 0}, {"account", cmd_account, 0}, {"policy", cmd_policy, 1}, {"clock", cmd_clock, 0},
    {"start", cmd_start, 1}, {"receive", cmd_receive, 1}, {"send", cmd_send, 1}, {"smp-start", cmd_smp_start, 1},
    {"smp-answer", cmd_smp_answer, 1}, {"smp-abort", cmd_smp_abort, 1}, {"extra-key", cmd_extra_key, 1}, {"end", cmd_end, 1},
    {"trust", cmd_trust, 1}, {"status", cmd_status, 1}, {"x-dh-keys", cmd_x_dh_keys, 1},
    {"bye", cmd_bye, 0},
};

static struct failure *run(json_object *request, json_object *response, struct failure *f) {
    const char *name = text_of(request, "cmd");
    for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(name, commands[i].name)) continue;
        if (commands[i].needs_account && !client.state) return fail(f, "OTR_STATE", "no account");
        return commands[i].run(request, response, f);
    }
    return UNSUPPORTED("no such command");
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t capacity = 0;
    client_global_init();
    if (argc == 3 && !strcmp(argv[1], "--bench")) return bench_run(argv[2]);
    int going = 1;
    while (going && getline(&line, &capacity, stdin) > 0) {
        struct failure failure = {NULL, NULL};
        json_object *request = json_tokener_parse(line);
        json_object *response = json_object_new_object();
        json_object *id;
        client.out = json_object_new_array();
        if (!request || json_object_get_type(request) != json_type_object) {
            fail(&failure, "OTR_REQUEST", "not a JSON object");
        } else {
            if (json_object_object_get_ex(request, "id", &id)) json_object_object_add(response, "id", json_object_get(id));
            run(request, response, &failure);
            if (client.state) client_tell_states(&client);
        }
        json_object_object_add(response, "ok", json_object_new_boolean(failure.code == NULL));
        if (failure.code) {
            json_object *error = json_object_new_object();
            json_object_object_add(error, "code", json_object_new_string(failure.code));
            json_object_object_add(error, "message", json_object_new_string(failure.message));
            json_object_object_add(response, "error", error);
            json_object_put(client.out);
        } else {
            json_object_object_add(response, "out", client.out);
        }
        client.out = NULL;
        puts(json_object_to_json_string_ext(response, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        fflush(stdout);
        const char *name = request ? text_of(request, "cmd") : NULL;
        going = !(name && !strcmp(name, "bye"));
        json_object_put(response);
        if (request) json_object_put(request);
    }
    free(line);
    return 0;
}
