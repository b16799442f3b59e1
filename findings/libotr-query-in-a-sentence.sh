#!/usr/bin/env bash
# libotr 4.1.1 (Debian 4.1.1-5): a sentence with "?OTRv3" in it is a query, also without the question mark that ends one.
#
# Expected: a query is "?OTRv", digits and a question mark. A sentence about OTR that lacks the last one, as "does it know ?OTRv3 now", is text.
# Seen:     it is a query for version 3, wherever it stands in the line, and a program around libotr answers it with a key exchange. A lone
#           "?OTR" in a sentence is no query, but "unknown".
# Whoever writes about OTR to a user of libotr has to break the mark.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -o APT::Sandbox::User=root download -qq libotr5-dev=4.1.1-5 libotr5=4.1.1-5 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" .; done
cat >run.c <<'C'
#include <libotr/privkey.h>
#include <libotr/proto.h>
#include <stdio.h>

static void show(const char *line) {
    const char *kind = "something else";
    switch (otrl_proto_message_type(line)) {
        case OTRL_MSGTYPE_QUERY: kind = "a query"; break;
        case OTRL_MSGTYPE_NOTOTR: kind = "text"; break;
        case OTRL_MSGTYPE_UNKNOWN: kind = "unknown"; break;
        default: break;
    }
    printf("%s: %s, version %u\n", line, kind, otrl_proto_query_bestversion(line, OTRL_POLICY_ALLOW_V3));
}

int main(void) {
    OTRL_INIT;
    show("?OTRv3?");
    show("?OTRv3");
    show("does it know ?OTRv3 now");
    show("does it know ?OTR now");
    show("does it know OTRv3 now");
    return 0;
}
C
cc -o run run.c -Iusr/include "usr/lib/$(gcc -print-multiarch)/libotr.so.5" -lgcrypt
seen=$(LD_LIBRARY_PATH="usr/lib/$(gcc -print-multiarch)" ./run)
echo "$seen"
[ "$seen" = "$(printf '%s\n' '?OTRv3?: a query, version 3' '?OTRv3: a query, version 3' 'does it know ?OTRv3 now: a query, version 3' \
  'does it know ?OTR now: unknown, version 0' 'does it know OTRv3 now: text, version 0')" ]
