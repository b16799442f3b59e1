/* libotr's callbacks turned into the events of the peer protocol. */
#define _GNU_SOURCE
#include "client.h"

#include <libotr/b64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libotr asks time() whether a heartbeat is due. The program's own definition comes before the C library's. */
static long fixed_now = 0;

void clock_set(long now) { fixed_now = now; }

int clock_is_given(void) { return fixed_now != 0; }

time_t time(time_t *out) {
    struct timespec real;
    time_t now = (time_t)fixed_now;
    if (now == 0) {
        clock_gettime(CLOCK_REALTIME, &real);
        now = real.tv_sec;
    }
    if (out) *out = now;
    return now;
}

void hex_encode(const unsigned char *bytes, size_t length, char *hex) {
    for (size_t i = 0; i < length; i++) sprintf(hex + 2 * i, "%02x", bytes[i]);
    hex[2 * length] = 0;
}

json_object *base64_json(const unsigned char *bytes, size_t length) {
    char *text = malloc(((length + 2) / 3) * 4 + 1);
    size_t written = otrl_base64_encode(text, bytes, length);
    json_object *value = json_object_new_string_len(text, (int)written);
    free(text);
    return value;
}

/* A new event at the end of the list; NULL when nobody listens. */
static json_object *event(struct client *client, const char *type) {
    if (!client->out) return NULL;
    json_object *e = json_object_new_object();
    json_object_object_add(e, "type", json_object_new_string(type));
    json_object_array_add(client->out, e);
    return e;
}

static void put(json_object *e, const char *key, const char *value) {
    json_object_object_add(e, key, json_object_new_string(value));
}

static void notice(struct client *client, const char *peer, const char *code, const char *detail) {
    json_object *e = event(client, "notice");
    if (!e) return;
    if (peer) put(e, "peer", peer);
    put(e, "code", code);
    if (detail) put(e, "detail", detail);
}

static const char *state_name(OtrlMessageState state) {
    switch (state) {
    case OTRL_MSGSTATE_ENCRYPTED: return "encrypted";
    case OTRL_MSGSTATE_FINISHED: return "finished";
    default: return "plaintext";
    }
}

/* Version 2 has none. */
static void put_instance(json_object *e, ConnContext *context) {
    if (context->their_instance >= OTRL_MIN_VALID_INSTAG) json_object_object_add(e, "instance", json_object_new_int64(context->their_instance));
}

/* app_data of a context: the state that was told last, plus one. */
static void tell_state(struct client *client, ConnContext *context) {
    context->app_data = (void *)(uintptr_t)(context->msgstate + 1);
    json_object *e = event(client, "state");
    if (!e) return;
    put(e, "peer", context->username);
    put_instance(e, context);
    put(e, "state", state_name(context->msgstate));
    if (context->msgstate != OTRL_MSGSTATE_ENCRYPTED) return;
    char hex[41];
    json_object_object_add(e, "version", json_object_new_int((int)context->protocol_version));
    hex_encode(context->sessionid, context->sessionid_len, hex);
    put(e, "ssid", hex);
    if (context->active_fingerprint) {
        hex_encode(context->active_fingerprint->fingerprint, 20, hex);
        put(e, "fingerprint", hex);
    }
}

void client_tell_states(struct client *client) {
    for (ConnContext *context = client->state->context_root; context; context = context->next) {
        uintptr_t told = (uintptr_t)context->app_data;
        if (told == 0) told = OTRL_MSGSTATE_PLAINTEXT + 1;
        if (told != (uintptr_t)context->msgstate + 1) tell_state(client, context);
    }
}

static OtrlPolicy op_policy(void *data, ConnContext *context) {
    (void)context;
    return ((struct client *)data)->policy;
}

static int op_is_logged_in(void *data, const char *account, const char *protocol, const char *recipient) {
    (void)data, (void)account, (void)protocol, (void)recipient;
    return 1;
}

static void op_inject(void *data, const char *account, const char *protocol, const char *recipient, const char *message) {
    struct client *client = data;
    (void)account, (void)protocol;
    if (client->deliver) {
        client->deliver(client->deliver_data, message);
        return;
    }
    json_object *e = event(client, "send");
    put(e, "to", recipient);
    put(e, "message", message);
}

static void op_gone_secure(void *data, ConnContext *context) { tell_state(data, context); }

static void op_still_secure(void *data, ConnContext *context, int is_reply) {
    (void)is_reply;
    tell_state(data, context);
}

static int op_max_message_size(void *data, ConnContext *context) {
    (void)context;
    return ((struct client *)data)->max_message_length;
}

static void op_received_symkey(void *data, ConnContext *context, unsigned int use, const unsigned char *use_data,
                               size_t use_data_length, const unsigned char *key) {
    json_object *e = event(data, "extra-key");
    if (!e) return;
    char hex[2 * OTRL_EXTRAKEY_BYTES + 1];
    hex_encode(key, OTRL_EXTRAKEY_BYTES, hex);
    put(e, "peer", context->username);
    put(e, "key", hex);
    json_object_object_add(e, "context", json_object_new_int64(use));
    json_object_object_add(e, "data", base64_json(use_data, use_data_length));
}

static const char *op_error_message(void *data, ConnContext *context, OtrlErrorCode code) {
    (void)data, (void)context;
    switch (code) {
    case OTRL_ERRCODE_ENCRYPTION_ERROR: return strdup("Error occurred encrypting message.");
    case OTRL_ERRCODE_MSG_NOT_IN_PRIVATE: return strdup("You sent encrypted data to a peer who wasn't expecting it.");
    case OTRL_ERRCODE_MSG_UNREADABLE: return strdup("You transmitted an unreadable encrypted message.");
    case OTRL_ERRCODE_MSG_MALFORMED: return strdup("You transmitted a malformed data message.");
    default: return strdup("");
    }
}

static void op_error_message_free(void *data, const char *message) {
    (void)data;
    free((char *)message);
}

static void op_smp_event(void *data, OtrlSMPEvent smp_event, ConnContext *context, unsigned short percent, char *question) {
    struct client *client = data;
    const char *name = NULL;
    (void)percent;
    client->last_smp_event = smp_event;
    switch (smp_event) {
    case OTRL_SMPEVENT_ASK_FOR_SECRET:
    case OTRL_SMPEVENT_ASK_FOR_ANSWER: name = "asked"; break;
    case OTRL_SMPEVENT_IN_PROGRESS: name = "in-progress"; break;
    case OTRL_SMPEVENT_SUCCESS: name = "succeeded"; break;
    case OTRL_SMPEVENT_FAILURE: name = "failed"; break;
    case OTRL_SMPEVENT_ABORT: name = "aborted"; break;
    case OTRL_SMPEVENT_CHEATED:
    case OTRL_SMPEVENT_ERROR: name = "cheated"; break;
    default: return;
    }
    json_object *e = event(client, "smp");
    if (e) {
        put(e, "peer", context->username);
        put(e, "event", name);
        if (question) put(e, "question", question);
    }
    /* libotr leaves it to its host to abort. */
    if (smp_event == OTRL_SMPEVENT_CHEATED || smp_event == OTRL_SMPEVENT_ERROR)
        otrl_message_abort_smp(client->state, &client_ops, client, context);
}

static void op_message_event(void *data, OtrlMessageEvent message_event, ConnContext *context, const char *message, gcry_error_t err) {
    struct client *client = data;
    const char *peer = context ? context->username : NULL;
    json_object *e;
    switch (message_event) {
    case OTRL_MSGEVENT_ENCRYPTION_REQUIRED: notice(client, peer, "held", NULL); break;
    case OTRL_MSGEVENT_ENCRYPTION_ERROR: notice(client, peer, "encryption-error", NULL); break;
    case OTRL_MSGEVENT_CONNECTION_ENDED: notice(client, peer, "connection-ended", NULL); break;
    case OTRL_MSGEVENT_SETUP_ERROR: notice(client, peer, "handshake-failed", gcry_strerror(err)); break;
    case OTRL_MSGEVENT_MSG_REFLECTED: notice(client, peer, "reflected", NULL); break;
    case OTRL_MSGEVENT_MSG_RESENT: notice(client, peer, "resent", NULL); break;
    case OTRL_MSGEVENT_RCVDMSG_NOT_IN_PRIVATE: notice(client, peer, "unreadable", "not in private"); break;
    case OTRL_MSGEVENT_RCVDMSG_UNREADABLE: notice(client, peer, "unreadable", NULL); break;
    case OTRL_MSGEVENT_RCVDMSG_MALFORMED: notice(client, peer, "malformed", NULL); break;
    case OTRL_MSGEVENT_LOG_HEARTBEAT_RCVD: notice(client, peer, "heartbeat-received", NULL); break;
    case OTRL_MSGEVENT_LOG_HEARTBEAT_SENT: notice(client, peer, "heartbeat-sent", NULL); break;
    case OTRL_MSGEVENT_RCVDMSG_GENERAL_ERR: notice(client, peer, "error-message", message); break;
    case OTRL_MSGEVENT_RCVDMSG_UNRECOGNIZED: notice(client, peer, "unsupported", NULL); break;
    case OTRL_MSGEVENT_RCVDMSG_FOR_OTHER_INSTANCE: notice(client, peer, "other-instance", NULL); break;
    case OTRL_MSGEVENT_RCVDMSG_UNENCRYPTED:
        e = event(client, "message");
        if (e) {
            put(e, "from", peer);
            put(e, "text", message);
            json_object_object_add(e, "encrypted", json_object_new_boolean(0));
        }
        notice(client, peer, "unencrypted", NULL);
        break;
    default: break;
    }
}

const OtrlMessageAppOps client_ops = {
    .policy = op_policy,
    .is_logged_in = op_is_logged_in,
    .inject_message = op_inject,
    .gone_secure = op_gone_secure,
    .still_secure = op_still_secure,
    .max_message_size = op_max_message_size,
    .received_symkey = op_received_symkey,
    .otr_error_message = op_error_message,
    .otr_error_message_free = op_error_message_free,
    .handle_smp_event = op_smp_event,
    .handle_msg_event = op_message_event,
};

void client_global_init(void) {
    /* Test keys need no patience: without this a key takes many seconds on a machine with little noise. */
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    OTRL_INIT;
}

/* libotr asks the system for the size of what it reads, so memory does not do. */
static FILE *file_with(const char *text) {
    FILE *file = tmpfile();
    fputs(text, file);
    rewind(file);
    return file;
}

const char *client_open(struct client *client, const char *account, const char *dsa_file, otrl_instag_t tag) {
    char line[256];
    FILE *file;
    gcry_error_t err;
    client->state = otrl_userstate_create();
    client->account = strdup(account);
    client->policy = OTRL_POLICY_ALLOW_V3;
    if (dsa_file) {
        file = file_with(dsa_file);
        err = otrl_privkey_read_FILEp(client->state, file);
        fclose(file);
        if (err || !client->state->privkey_root) return "libotr does not read this private-key file";
        /* The key is whoever's the file says; here it is this account's. */
        free(client->state->privkey_root->accountname);
        free(client->state->privkey_root->protocol);
        client->state->privkey_root->accountname = strdup(account);
        client->state->privkey_root->protocol = strdup(PROTOCOL_NAME);
    } else {
        file = tmpfile();
        err = otrl_privkey_generate_FILEp(client->state, file, account, PROTOCOL_NAME);
        fclose(file);
        if (err) return "libotr could not generate a key";
    }
    if (tag) {
        snprintf(line, sizeof line, "%s\t%s\t%08x\n", account, PROTOCOL_NAME, tag);
        file = file_with(line);
        err = otrl_instag_read_FILEp(client->state, file);
    } else {
        file = tmpfile();
        err = otrl_instag_generate_FILEp(client->state, file, account, PROTOCOL_NAME);
    }
    fclose(file);
    return err ? "libotr refused the instance tag" : NULL;
}

void client_fingerprint(struct client *client, char hex[41]) {
    unsigned char fingerprint[20];
    hex[0] = 0;
    if (otrl_privkey_fingerprint_raw(client->state, fingerprint, client->account, PROTOCOL_NAME)) hex_encode(fingerprint, 20, hex);
}

otrl_instag_t client_tag(struct client *client) {
    OtrlInsTag *tag = otrl_instag_find(client->state, client->account, PROTOCOL_NAME);
    return tag ? tag->instag : 0;
}

void client_start(struct client *client, const char *to) {
    char *query = otrl_proto_default_query_msg(client->account, client->policy);
    op_inject(client, client->account, PROTOCOL_NAME, to, query);
    free(query);
}

void client_receive(struct client *client, const char *from, const char *message) {
    char *text = NULL;
    OtrlTLV *tlvs = NULL;
    ConnContext *context = NULL;
    int internal = otrl_message_receiving(client->state, &client_ops, client, client->account, PROTOCOL_NAME, from, message,
                                          &text, &tlvs, &context, NULL, NULL);
    if (!internal) {
        /* Decrypted text is always a replacement; so is a tagged plain text, whose context is not encrypted or was told. */
        int encrypted = text && context && context->msgstate != OTRL_MSGSTATE_PLAINTEXT;
        if (encrypted) client->read++;
        json_object *e = event(client, "message");
        if (e) {
            put(e, "from", from);
            put(e, "text", text ? text : message);
            json_object_object_add(e, "encrypted", json_object_new_boolean(encrypted));
            if (encrypted) {
                put_instance(e, context);
                json_object_object_add(e, "version", json_object_new_int((int)context->protocol_version));
            }
        }
    }
    for (OtrlTLV *tlv = tlvs; tlv; tlv = tlv->next) {
        if (tlv->type <= OTRL_TLV_SYMKEY) continue;
        json_object *e = event(client, "tlv");
        if (!e) continue;
        put(e, "peer", from);
        json_object_object_add(e, "tlvType", json_object_new_int(tlv->type));
        json_object_object_add(e, "value", base64_json(tlv->data, tlv->len));
    }
    otrl_message_free(text);
    otrl_tlv_free(tlvs);
}

gcry_error_t client_send(struct client *client, const char *to, otrl_instag_t instance, const char *text, OtrlTLV *tlvs) {
    char *replaced = NULL;
    ConnContext *context = NULL;
    gcry_error_t err = otrl_message_sending(client->state, &client_ops, client, client->account, PROTOCOL_NAME, to, instance, text,
                                            tlvs, &replaced, OTRL_FRAGMENT_SEND_ALL, &context, NULL, NULL);
    /* What libotr leaves alone is the host's to send. */
    if (!err && !replaced && !(context && context->msgstate == OTRL_MSGSTATE_FINISHED))
        op_inject(client, client->account, PROTOCOL_NAME, to, text);
    otrl_message_free(replaced);
    return err;
}

ConnContext *client_context(struct client *client, const char *to) {
    return otrl_context_find(client->state, to, client->account, PROTOCOL_NAME, OTRL_INSTAG_BEST, 0, NULL, NULL, NULL);
}

void client_end(struct client *client, const char *to) {
    otrl_message_disconnect_all_instances(client->state, &client_ops, client, client->account, PROTOCOL_NAME, to);
}
