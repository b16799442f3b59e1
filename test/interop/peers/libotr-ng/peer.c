/* The peer protocol over libotr-ng: one JSON request a line in, one JSON response a line out. */
#define _GNU_SOURCE
#include "messaging.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static otrng_global_state_s *state;
static otrng_client_s *client;
static otrng_client_id_s id;
static json_object *out;
static uint8_t allows = OTRNG_ALLOW_V34;
/* Without a bit of OTRNG_IDENTITY_START_DAKE, of which the whitespace tag is another, a request for an Identity message frees a conversation in use. */
static uint8_t type = OTRNG_POLICY_NORMAL | (OTRNG_IDENTITY_START_DAKE & ~OTRNG_SEND_WHITESPACE_TAG);

static const char *text_of(json_object *request, const char *key) {
    json_object *value;
    if (!json_object_object_get_ex(request, key, &value) || json_object_get_type(value) != json_type_string) return NULL;
    return json_object_get_string(value);
}

static json_object *event(const char *type) {
    json_object *e = json_object_new_object();
    json_object_object_add(e, "type", json_object_new_string(type));
    if (out) json_object_array_add(out, e);
    return e;
}

static void put(json_object *to, const char *key, const char *value) { json_object_object_add(to, key, json_object_new_string(value)); }

static void sends(const char *to, char *message) {
    if (!message) return;
    json_object *e = event("send");
    put(e, "to", to);
    put(e, "message", message);
    free(message);
}

/* What the library asks of its host. Everything lives in memory alone. */
static void nothing(otrng_client_s *c) { (void)c; }
static void make_tag(otrng_client_s *c) {
    FILE *file = tmpfile();
    otrng_global_state_instag_generate_into(state, c->client_id, file);
    fclose(file);
}
static void make_dsa(otrng_client_s *c) { otrng_global_state_generate_private_key_v3(state, c->client_id); }
static void make_ed448(otrng_client_s *c) { otrng_global_state_generate_private_key(state, c->client_id); }
static void make_forging(otrng_client_s *c) { otrng_global_state_generate_forging_key(state, c->client_id); }
static void make_profile(otrng_client_s *c) { otrng_global_state_generate_client_profile(state, c->client_id); }
static void make_prekey_profile(otrng_client_s *c) { otrng_global_state_generate_prekey_profile(state, c->client_id); }
static void say_error(const otrng_error_event e, string_p *shown, const struct otrng_s *conversation) {
    (void)e, (void)conversation;
    *shown = strdup("an error");
}
static void happens(const otrng_msg_event e) {
    char detail[32];
    json_object *notice = event("notice");
    snprintf(detail, sizeof detail, "event %d", e);
    put(notice, "code", "event");
    put(notice, "detail", detail);
}
static otrng_shared_session_state_s names(const struct otrng_s *conversation) {
    (void)conversation;
    otrng_shared_session_state_s both = {.identifier1 = strdup("alice"), .identifier2 = strdup("bob"), .password = NULL};
    return both;
}
static otrng_policy_s policy(otrng_client_s *c) {
    (void)c;
    otrng_policy_s both = {.allows = allows, .type = type};
    return both;
}
static uint32_t expires(const struct otrng_s *conversation) {
    (void)conversation;
    return 604800;
}
static void smp(const struct otrng_s *conversation, const char *what, const char *question, size_t length) {
    json_object *e = event("smp");
    put(e, "peer", conversation->peer);
    put(e, "event", what);
    if (question) json_object_object_add(e, "question", json_object_new_string_len(question, (int)length));
}
static void smp_secret(const struct otrng_s *conversation) { smp(conversation, "asked", NULL, 0); }
static void smp_answer(const uint8_t *question, const size_t length, const struct otrng_s *conversation) {
    smp(conversation, "asked", (const char *)question, length);
}
static void smp_update(const otrng_smp_event e, const uint8_t percent, const struct otrng_s *conversation) {
    (void)percent;
    smp(conversation, e == OTRNG_SMP_EVENT_SUCCESS ? "succeeded" : e == OTRNG_SMP_EVENT_FAILURE ? "failed" : e == OTRNG_SMP_EVENT_ABORT ? "aborted"
        : e == OTRNG_SMP_EVENT_IN_PROGRESS ? "in-progress" : "cheated", NULL, 0);
}
static void inject(const struct otrng_s *conversation, string_p message) { sends(conversation->peer, message); }

static const otrng_client_callbacks_s callbacks = {
    .create_instag = make_tag, .create_privkey_v3 = make_dsa, .create_privkey_v4 = make_ed448, .create_forging_key = make_forging,
    .create_client_profile = make_profile, .create_prekey_profile = make_prekey_profile, .store_expired_client_profile = nothing,
    .load_expired_client_profile = nothing, .store_expired_prekey_profile = nothing, .load_expired_prekey_profile = nothing,
    .display_error_message = say_error, .handle_event = happens, .get_shared_session_state = names, .load_privkey_v4 = nothing,
    .load_privkey_v3 = nothing, .load_client_profile = nothing, .load_prekey_profile = nothing, .store_client_profile = nothing,
    .store_prekey_profile = nothing, .load_prekey_messages = nothing, .store_prekey_messages = nothing, .store_privkey_v4 = nothing,
    .store_privkey_v3 = nothing, .load_forging_key = nothing, .store_forging_key = nothing, .define_policy = policy,
    .store_fingerprints_v4 = nothing, .load_fingerprints_v4 = nothing, .store_fingerprints_v3 = nothing, .load_fingerprints_v3 = nothing,
    .session_expiration_time_for = expires, .inject_message = inject,
    .smp_ask_for_secret = smp_secret, .smp_ask_for_answer = smp_answer, .smp_update = smp_update,
};

/* What a session of version 3 is called, and of version 4 what the library lets its host see. */
static const char *describe(const char *peer, json_object *to) {
    otrng_conversation_s *with = otrng_client_get_conversation(0, peer, client);
    char hex[41] = "";
    if (!with || with->conn->running_version == 0) return NULL;
    /* What it keeps of version 3 itself is missing after some lines. */
    const ConnContext *context = with->conn->running_version == 3 ? otrl_context_find(state->user_state_v3, peer, id.account, id.protocol, OTRL_INSTAG_BEST, 0, NULL, NULL, NULL) : NULL;
    if (with->conn->running_version == 3 && !context) return "plaintext";
    if (context ? context->msgstate == OTRL_MSGSTATE_FINISHED : otrng_conversation_is_finished(with)) return "finished";
    if (context ? context->msgstate != OTRL_MSGSTATE_ENCRYPTED : !otrng_conversation_is_encrypted(with)) return "plaintext";
    json_object_object_add(to, "version", json_object_new_int(with->conn->running_version));
    const unsigned char *ssid = context ? context->sessionid : with->conn->keys->ssid;
    for (int i = 0; i < 8; i++) sprintf(hex + 2 * i, "%02x", ssid[i]);
    put(to, "ssid", hex);
    if (!context) return "encrypted";
    put(to, "ssidBold", context->sessionid_half == OTRL_SESSIONID_FIRST_HALF_BOLD ? "first" : "second");
    json_object_object_add(to, "instance", json_object_new_int64(context->their_instance));
    if (context->active_fingerprint) {
        for (int i = 0; i < 20; i++) sprintf(hex + 2 * i, "%02x", context->active_fingerprint->fingerprint[i]);
        put(to, "fingerprint", hex);
    }
    return "encrypted";
}

static int is_encrypted(const char *peer) {
    json_object *seen = json_object_new_object();
    const char *now = describe(peer, seen);
    json_object_put(seen);
    return now && !strcmp(now, "encrypted");
}

/* It calls back for some changes and not for others: what a session is now is compared with what was told. */
static void tell(const char *peer) {
    static char *told;
    json_object *now = json_object_new_object();
    put(now, "type", "state");
    put(now, "peer", peer);
    const char *state_now = describe(peer, now);
    put(now, "state", state_now ? state_now : "plaintext");
    const char *text = json_object_to_json_string(now);
    if ((told || (state_now && strcmp(state_now, "plaintext"))) && (!told || strcmp(told, text))) json_object_array_add(out, json_object_get(now));
    else text = NULL;
    if (text) free(told), told = strdup(text);
    json_object_put(now);
}

static const char *run(const char *cmd, json_object *request, json_object *response) {
    const char *to = text_of(request, "to"), *from = text_of(request, "from"), *text = text_of(request, "text"), *secret = text_of(request, "secret");
    char *message = NULL;
    otrng_result done = OTRNG_SUCCESS;
    if (!client && strcmp(cmd, "hello") && strcmp(cmd, "account") && strcmp(cmd, "bye")) return "OTR_STATE";
    if (!strcmp(cmd, "hello")) {
        json_object *features = json_object_new_array();
        for (const char **name = (const char *[]){"v3", "v4", "smp", NULL}; *name; name++) json_object_array_add(features, json_object_new_string(*name));
        put(response, "name", "libotr-ng");
        put(response, "version", "2022-10-17");
        json_object_object_add(response, "protocol", json_object_new_int(1));
        json_object_object_add(response, "features", features);
    } else if (!strcmp(cmd, "account")) {
        const char *versions = text_of(request, "versions");
        char hex[113];
        if (client) return "OTR_STATE";
        if (!text_of(request, "account")) return "OTR_REQUEST";
        if (json_object_object_get_ex(request, "dsa", NULL) || json_object_object_get_ex(request, "ed448", NULL) || json_object_object_get_ex(request, "tag", NULL)) return "UNSUPPORTED";
        if (versions) allows = strcmp(versions, "3") == 0 ? OTRNG_ALLOW_V3 : strcmp(versions, "4") == 0 ? OTRNG_ALLOW_V4 : OTRNG_ALLOW_V34;
        id.protocol = "test";
        id.account = strdup(text_of(request, "account"));
        client = otrng_client_get(state, id);
        make_tag(client), make_dsa(client), make_ed448(client), make_forging(client), make_profile(client);
        unsigned char fingerprint[20];
        if (otrl_privkey_fingerprint_raw(state->user_state_v3, fingerprint, id.account, id.protocol)) {
            for (int i = 0; i < 20; i++) sprintf(hex + 2 * i, "%02x", fingerprint[i]);
            put(response, "fingerprint3", hex);
        }
        otrng_fingerprint whole;
        if (!otrng_failed(otrng_client_get_our_fingerprint(whole, client))) {
            for (size_t i = 0; i < sizeof whole; i++) sprintf(hex + 2 * i, "%02x", whole[i]);
            put(response, "fingerprint4", hex);
        }
    } else if (!strcmp(cmd, "policy")) {
        int fields = json_object_object_length(request);
        json_object *on;
        const struct { const char *name; uint8_t *in, bits; } policies[] = {
            {"allowV3", &allows, OTRNG_ALLOW_V3}, {"allowV4", &allows, OTRNG_ALLOW_V4}, {"requireEncryption", &type, OTRNG_REQUIRE_ENCRYPTION},
            {"sendWhitespaceTag", &type, OTRNG_SEND_WHITESPACE_TAG}, {"whitespaceStartsAke", &type, OTRNG_WHITESPACE_START_DAKE}, {"errorStartsAke", &type, OTRNG_ERROR_START_DAKE},
        };
        for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
            if (!json_object_object_get_ex(request, policies[i].name, &on)) continue;
            fields--;
            *policies[i].in = json_object_get_boolean(on) ? *policies[i].in | policies[i].bits : *policies[i].in & ~policies[i].bits;
        }
        if (fields > 2) return "UNSUPPORTED";
    } else if (!strcmp(cmd, "start")) {
        const char *how = text_of(request, "how");
        if (!to) return "OTR_REQUEST";
        sends(to, how && !strcmp(how, "identity") ? otrng_client_identity_message(to, client) : otrng_client_query_message(to, "", client));
    } else if (!strcmp(cmd, "send")) {
        json_object *tlvs;
        if (!to || !text) return "OTR_REQUEST";
        if (json_object_object_get_ex(request, "tlvs", &tlvs) && json_object_array_length(tlvs) > 0) return "UNSUPPORTED";
        done = otrng_client_send(&message, text, to, client);
        /* A text in clear that shall have no whitespace tag is its host's to send. */
        if (otrng_failed(done) && !message && !(type & OTRNG_REQUIRE_ENCRYPTION) && otrng_client_get_conversation(0, to, client)->conn->running_version == 0)
            message = strdup(text), done = OTRNG_SUCCESS;
        sends(to, message);
    } else if (!strcmp(cmd, "smp-start") || !strcmp(cmd, "smp-answer") || !strcmp(cmd, "smp-abort")) {
        const char *question = text_of(request, "question");
        if (!to || (!secret && strcmp(cmd, "smp-abort"))) return "OTR_REQUEST";
        if (!is_encrypted(to)) return "OTR_STATE";
        if (!strcmp(cmd, "smp-start")) done = otrng_client_smp_start(&message, to, (const unsigned char *)question, question ? strlen(question) : 0, (const unsigned char *)secret, strlen(secret), client);
        else if (!strcmp(cmd, "smp-answer")) done = otrng_client_smp_respond(&message, to, (const unsigned char *)secret, strlen(secret), client);
        else done = otrng_client_smp_abort(&message, to, client);
        sends(to, message);
    } else if (!strcmp(cmd, "end")) {
        if (!to) return "OTR_REQUEST";
        if (otrng_client_get_conversation(0, to, client)) otrng_client_disconnect(&message, to, client);
        sends(to, message);
    } else if (!strcmp(cmd, "receive")) {
        const char *line = text_of(request, "message");
        char *shown = NULL;
        otrng_bool ignored = otrng_false;
        if (!from || !line) return "OTR_REQUEST";
        otrng_client_receive(&message, &shown, line, from, client, &ignored);
        sends(from, message);
        if (shown) {
            json_object *e = event("message");
            put(e, "from", from);
            put(e, "text", shown);
            json_object_object_add(e, "encrypted", json_object_new_boolean(is_encrypted(from)));
            free(shown);
        }
    } else if (!strcmp(cmd, "status")) {
        const char *peer = text_of(request, "of");
        json_object *sessions = json_object_new_array(), *one = json_object_new_object();
        if (!peer) return "OTR_REQUEST";
        const char *state_now = describe(peer, one);
        if (state_now) {
            put(one, "state", state_now);
            json_object_array_add(sessions, one);
        } else json_object_put(one);
        json_object_object_add(response, "sessions", sessions);
    } else if (strcmp(cmd, "bye")) return "UNSUPPORTED";
    if (to || from) tell(to ? to : from);
    return otrng_failed(done) ? "OTR_STATE" : NULL;
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    /* The library writes to standard output: what it says goes to standard error. */
    FILE *answers = fdopen(dup(1), "w");
    dup2(2, 1);
    OTRNG_INIT;
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    state = otrng_global_state_new(&callbacks, otrng_true);
    while (getline(&line, &size, stdin) > 0) {
        json_object *request = json_tokener_parse(line), *response = json_object_new_object(), *request_id;
        const char *cmd = request ? text_of(request, "cmd") : NULL;
        out = json_object_new_array();
        const char *wrong = cmd ? run(cmd, request, response) : "OTR_REQUEST";
        if (request && json_object_object_get_ex(request, "id", &request_id)) json_object_object_add(response, "id", json_object_get(request_id));
        json_object_object_add(response, "ok", json_object_new_boolean(!wrong));
        json_object_object_add(response, "out", out);
        if (wrong) {
            json_object *error = json_object_new_object();
            put(error, "code", wrong);
            put(error, "message", wrong);
            json_object_object_add(response, "error", error);
        }
        fprintf(answers, "%s\n", json_object_to_json_string_ext(response, JSON_C_TO_STRING_PLAIN));
        fflush(answers);
        out = NULL;
        int ends = cmd && !strcmp(cmd, "bye");
        json_object_put(response);
        if (request) json_object_put(request);
        if (ends) return 0;
    }
    return 0;
}
