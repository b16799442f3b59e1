#!/usr/bin/env bash
# libotr 4.1.1 (Debian 4.1.1-5): a fragment with an empty piece is passed over, so a message that ends with one never comes together.
#
# Expected: the pieces "?OTR:AAMD" and "" of a message in two fragments give "?OTR:AAMD"; the other implementation of version 3 in Go
#           sends such fragments (see otr3-empty-last-piece.sh).
# Seen:     after the second fragment the message is as incomplete as after the first. With "." for the empty piece it is complete.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -o APT::Sandbox::User=root download -qq libotr5-dev=4.1.1-5 libotr5=4.1.1-5 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" .; done
cat >run.c <<'C'
#include <libotr/context.h>
#include <libotr/privkey.h>
#include <libotr/proto.h>
#include <stdio.h>
#include <string.h>

static const char *accumulate(ConnContext *context, const char *last) {
    char *message = NULL;
    char line[200];
    otrl_proto_fragment_accumulate(&message, context, "?OTR|00000100|00000200,00001,00002,?OTR:AAMD,");
    snprintf(line, sizeof line, "?OTR|00000100|00000200,00002,00002,%s,", last);
    return otrl_proto_fragment_accumulate(&message, context, line) == OTRL_FRAGMENT_COMPLETE ? "complete" : "incomplete";
}

int main(void) {
    OTRL_INIT;
    OtrlUserState state = otrl_userstate_create();
    ConnContext *context = otrl_context_find(state, "bob", "alice", "test", 0x100, 1, NULL, NULL, NULL);
    context->protocol_version = 3;
    context->our_instance = 0x200;
    printf("libotr %s: a last piece \"\": %s; \".\": %s\n", otrl_version(), accumulate(context, ""), accumulate(context, "."));
    return 0;
}
C
cc -o run run.c -Iusr/include "usr/lib/$(gcc -print-multiarch)/libotr.so.5" -lgcrypt
seen=$(LD_LIBRARY_PATH="usr/lib/$(gcc -print-multiarch)" ./run)
echo "$seen"
[ "$seen" = 'libotr 4.1.1: a last piece "": incomplete; ".": complete' ]
