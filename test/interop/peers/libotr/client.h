/* One libotr client: a user state, an account, and the callbacks that libotr asks for. Shared by the peer and the bench. */
#ifndef CLIENT_H
#define CLIENT_H

#include <gcrypt.h>
#include <json-c/json.h>
/* libotr's headers do not include what they need: this order compiles. */
#include <libotr/proto.h>
#include <libotr/userstate.h>
#include <libotr/tlv.h>
#include <libotr/message.h>
#include <libotr/privkey.h>

#define PROTOCOL_NAME "otr4-interop"

struct client {
    OtrlUserState state;
    char *account;
    OtrlPolicy policy;
    int max_message_length; /* 0: none */
    /* What happened during the present command, in order. A bench gives no list but `deliver`. */
    json_object *out;
    void (*deliver)(void *deliver_data, const char *message);
    void *deliver_data;
    OtrlSMPEvent last_smp_event;
    /* How many encrypted messages were read. */
    unsigned long read;
};

/* Starts libotr and libgcrypt. Once, before everything else. */
void client_global_init(void);

/* Opens the account: keys from `dsa_file` (a libotr private-key file's text; its first key is taken) or a new one,
 * `tag` or a new one for 0. Returns NULL, or what is wrong. */
const char *client_open(struct client *client, const char *account, const char *dsa_file, otrl_instag_t tag);

/* The account's own fingerprint as 40 hexadecimal digits. */
void client_fingerprint(struct client *client, char hex[41]);
otrl_instag_t client_tag(struct client *client);

void client_start(struct client *client, const char *to);
void client_receive(struct client *client, const char *from, const char *message);
gcry_error_t client_send(struct client *client, const char *to, otrl_instag_t instance, const char *text, OtrlTLV *tlvs);
/* The session that libotr finds best, or NULL. */
ConnContext *client_context(struct client *client, const char *to);
void client_end(struct client *client, const char *to);
/* Tells every change of state that no callback told. */
void client_tell_states(struct client *client);

/* The clock that libotr sees: `now` seconds, or the machine's for 0. */
void clock_set(long now);
int clock_is_given(void);

void hex_encode(const unsigned char *bytes, size_t length, char *hex);
json_object *base64_json(const unsigned char *bytes, size_t length);

extern const OtrlMessageAppOps client_ops;

int bench_run(const char *row);

#endif
