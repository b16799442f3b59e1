#!/usr/bin/env bash
# otr_parse of libotr's toolkit (Debian libotr5-bin 4.1.1-5): prints instance tags in decimal.
#
# Expected: 27e31599 for a tag that fragments, libotr's own file of tags and every program show as eight hexadecimal digits.
# Seen:     669193625. Whoever looks for the tag of a transcript in otr.instance_tags does not find it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -o APT::Sandbox::User=root download -qq libotr5-bin=4.1.1-5 libotr5=4.1.1-5 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" .; done
# The data message of the specification's example.
message='?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA1g5IjD1ZGLDVQEyCgCyn9hbrL3KAbGDdzE2ZkMyTKl7XfkSxh8YJnudstiB74i4BzT0W2haClg6dMary/jo9sMudwmUdlnKpIGEKXWdvJKT+hQ26h9nzMgEditLB8vjPEWAJ6gBXvZrY6ZQrx3gb4v0UaSMOMiR5sB7Eaulb2Yc6RmRnnlxgUUC2alosg4WIeFN951PLjScajVba6dqlDi+q1H5tPvI5SWMN7PCBWIJ41+WvF+5IAZzQZYgNaVLbAAAAAAAAAAEAAAAHwNiIi5Ms+4PsY/L2ipkTtquknfx6HodLvk3RAAAAAA==.'
seen=$(echo "$message" | LD_LIBRARY_PATH="usr/lib/$(gcc -print-multiarch)" usr/bin/otr_parse | grep -i '^.*sender instance' | tr -d '\t')
echo "$seen"
[ "$seen" = 'Sender instance: 669193625' ]
