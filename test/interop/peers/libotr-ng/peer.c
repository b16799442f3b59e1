/* The peer protocol over libotr-ng, as far as first contacts need it: one JSON request a line in, one JSON response a line out. */
#define _GNU_SOURCE
#include "messaging.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static otrng_global_state_s *state;
static otrng_client_s *client;
static otrng_client_id_s id;
static json_object *out;

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
    otrng_policy_s both = {.allows = OTRNG_ALLOW_V34, .type = OTRNG_POLICY_OPPORTUNISTIC};
    return both;
}
static uint32_t expires(const struct otrng_s *conversation) {
    (void)conversation;
    return 604800;
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
};

static int is_encrypted(const char *peer) {
    otrng_conversation_s *with = otrng_client_get_conversation(0, peer, client);
    return with && otrng_conversation_is_encrypted(with) == otrng_true;
}

static const char *run(const char *cmd, json_object *request, json_object *response) {
    const char *to = text_of(request, "to"), *from = text_of(request, "from"), *text = text_of(request, "text");
    if (!strcmp(cmd, "hello")) {
        json_object *features = json_object_new_array();
        json_object_array_add(features, json_object_new_string("v3"));
        put(response, "name", "libotr-ng");
        put(response, "version", "2022-10-17");
        json_object_object_add(response, "protocol", json_object_new_int(1));
        json_object_object_add(response, "features", features);
    } else if (!strcmp(cmd, "account")) {
        if (client || !text_of(request, "account")) return "OTR_STATE";
        id.protocol = "test";
        id.account = strdup(text_of(request, "account"));
        client = otrng_client_get(state, id);
        make_tag(client), make_dsa(client), make_ed448(client), make_forging(client), make_profile(client);
    } else if (!strcmp(cmd, "policy")) {
        /* It has no policy that a test of first contacts would change. */
    } else if (!strcmp(cmd, "start")) {
        if (!client || !to) return "OTR_REQUEST";
        const char *how = text_of(request, "how");
        sends(to, how && !strcmp(how, "identity") ? otrng_client_identity_message(to, client) : otrng_client_query_message(to, "", client));
    } else if (!strcmp(cmd, "send")) {
        char *message = NULL;
        if (!client || !to || !text) return "OTR_REQUEST";
        if (otrng_failed(otrng_client_send(&message, text, to, client))) return "OTR_STATE";
        sends(to, message);
    } else if (!strcmp(cmd, "receive")) {
        const char *line = text_of(request, "message");
        char *answer = NULL, *shown = NULL;
        otrng_bool ignored = otrng_false;
        if (!client || !from || !line) return "OTR_REQUEST";
        otrng_client_receive(&answer, &shown, line, from, client, &ignored);
        sends(from, answer);
        if (shown) {
            json_object *e = event("message");
            put(e, "from", from);
            put(e, "text", shown);
            json_object_object_add(e, "encrypted", json_object_new_boolean(is_encrypted(from)));
            free(shown);
        }
    } else if (!strcmp(cmd, "status")) {
        const char *peer = text_of(request, "of");
        json_object *sessions = json_object_new_array();
        if (!client || !peer) return "OTR_REQUEST";
        if (is_encrypted(peer)) {
            json_object *one = json_object_new_object();
            put(one, "state", "encrypted");
            json_object_object_add(one, "version", json_object_new_int(otrng_client_get_conversation(0, peer, client)->conn->running_version));
            json_object_array_add(sessions, one);
        }
        json_object_object_add(response, "sessions", sessions);
    } else if (strcmp(cmd, "bye")) return "UNSUPPORTED";
    return NULL;
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
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
        puts(json_object_to_json_string_ext(response, JSON_C_TO_STRING_PLAIN));
        fflush(stdout);
        out = NULL;
        int ends = cmd && !strcmp(cmd, "bye");
        json_object_put(response);
        if (request) json_object_put(request);
        if (ends) return 0;
    }
    return 0;
}
