/* Two libotr clients in one process: what a key exchange, messages and SMP cost, both sides together. */
#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct parcel {
    struct client *to;
    char *message;
    struct parcel *next;
};

static struct client alice, bob;
static struct parcel *first, **last = &first;

static void must(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "libotr bench: %s\n", what);
    exit(1);
}

static void deliver(void *to, const char *message) {
    must(!strncmp(message, "?OTR", 4), "something went out in clear");
    struct parcel *parcel = malloc(sizeof *parcel);
    *parcel = (struct parcel){to, strdup(message), NULL};
    *last = parcel;
    last = &parcel->next;
}

static const char *other(struct client *client) { return client == &alice ? "bob" : "alice"; }

static void run_network(void) {
    while (first) {
        struct parcel *parcel = first;
        first = parcel->next;
        if (!first) last = &first;
        client_receive(parcel->to, other(parcel->to), parcel->message);
        free(parcel->message);
        free(parcel);
    }
}

static int is_encrypted(struct client *client) {
    ConnContext *context = client_context(client, other(client));
    return context && context->msgstate == OTRL_MSGSTATE_ENCRYPTED;
}

static void forget(struct client *client) {
    for (ConnContext *c = client->state->context_root; c; c = c->next) otrl_context_force_plaintext(c);
    otrl_context_forget_all(client->state);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void ake(void) {
    client_start(&alice, "bob");
    run_network();
    must(is_encrypted(&alice) && is_encrypted(&bob), "the key exchange did not finish");
}

static void send_text(struct client *from, const char *text) {
    struct client *to = from == &alice ? &bob : &alice;
    unsigned long before = to->read;
    must(!client_send(from, other(from), OTRL_INSTAG_BEST, text, NULL), "a message was not sent");
    run_network();
    must(to->read == before + 1, "a message was not read");
}

/* Each returns the milliseconds of one run. */
static double run_ake(void) {
    forget(&alice), forget(&bob);
    double start = now_ms();
    ake();
    return now_ms() - start;
}

static double run_messages(int length, int count) {
    char *text = malloc((size_t)length + 1);
    memset(text, 'x', (size_t)length);
    text[length] = 0;
    double start = now_ms();
    for (int i = 0; i < count; i++) send_text(&alice, text);
    double took = now_ms() - start;
    free(text);
    return took;
}

static double run_pingpong(int count) {
    double start = now_ms();
    for (int i = 0; i < count; i++) send_text(i & 1 ? &bob : &alice, "twenty characters ok");
    return now_ms() - start;
}

static double run_smp(void) {
    const unsigned char *secret = (const unsigned char *)"where we met";
    double start = now_ms();
    otrl_message_initiate_smp(alice.state, &client_ops, &alice, client_context(&alice, "bob"), secret, 12);
    run_network();
    otrl_message_respond_smp(bob.state, &client_ops, &bob, client_context(&bob, "alice"), secret, 12);
    run_network();
    double took = now_ms() - start;
    must(alice.last_smp_event == OTRL_SMPEVENT_SUCCESS && bob.last_smp_event == OTRL_SMPEVENT_SUCCESS, "SMP did not succeed");
    return took;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int report(const char *row, double *times, int runs, double count) {
    qsort(times, (size_t)runs, sizeof *times, by_size);
    double median = runs % 2 ? times[runs / 2] : (times[runs / 2 - 1] + times[runs / 2]) / 2;
    printf("{\"bench\":\"%s\",\"implementation\":\"libotr\",\"median\":%.4f,\"unit\":\"%s\",\"runs\":%d}\n", row,
           count > 0 ? count * 1e3 / median : median, count > 0 ? "per s" : "ms", runs);
    return 0;
}

int bench_run(const char *row) {
    enum { RUNS = 15, MESSAGES = 2000, PINGS = 200 };
    double times[RUNS];
    double count = 0;
    alice = (struct client){.deliver = deliver, .deliver_data = &bob};
    bob = (struct client){.deliver = deliver, .deliver_data = &alice};
    must(!client_open(&alice, "alice", NULL, 0) && !client_open(&bob, "bob", NULL, 0), "no keys");
    ake();
    /* The first run only warms up. */
    for (int i = -1; i < RUNS; i++) {
        double took;
        if (!strcmp(row, "v3-ake")) took = run_ake();
        else if (!strcmp(row, "v3-message-20")) took = run_messages(20, MESSAGES), count = MESSAGES;
        else if (!strcmp(row, "v3-message-1000")) took = run_messages(1000, MESSAGES), count = MESSAGES;
        else if (!strcmp(row, "v3-pingpong")) took = run_pingpong(PINGS), count = PINGS;
        else if (!strcmp(row, "v3-smp")) took = run_smp();
        else {
            fprintf(stderr, "libotr bench: no row %s\n", row);
            return 2;
        }
        if (i >= 0) times[i] = took;
    }
    return report(row, times, RUNS, count);
}
