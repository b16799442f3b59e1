#!/usr/bin/env bash
# otr3 (OTR version 3 in Go; Debian's golang-github-twstrike-otr3-dev 0.0~git20161015.0.744856d-3.1, and coyim/otr3 of 2026 alike):
# a message whose length is a multiple of the piece is cut into one piece too many.
#
# Expected: a message of 7 times 98 characters goes out in 7 fragments; the specification's pieces are not empty.
# Seen:     8 fragments, the last with an empty piece. At SetFragmentSize(134) that is every short data message, for they are padded to
#           one length. libotr 4.1.1 passes over a fragment with an empty piece, so it never puts such a message together.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -o APT::Sandbox::User=root download -qq golang-github-twstrike-otr3-dev=0.0~git20161015.0.744856d-3.1 >/dev/null
dpkg-deb -x ./*.deb deb
mkdir -p path/src/finding
mv deb/usr/share/gocode/src/github.com path/src/
cat >path/src/finding/main.go <<'GO'
package main

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/twstrike/otr3"
)

func person() *otr3.Conversation {
	c := &otr3.Conversation{Rand: rand.Reader}
	key := &otr3.DSAPrivateKey{}
	if err := key.Generate(rand.Reader); err != nil {
		panic(err)
	}
	c.SetOurKeys([]otr3.PrivateKey{key})
	c.Policies.AllowV3()
	return c
}

func main() {
	alice, bob := person(), person()
	waiting := []otr3.ValidMessage{alice.QueryMessage()}
	from, to := alice, bob
	for len(waiting) > 0 {
		next := []otr3.ValidMessage{}
		for _, line := range waiting {
			_, answers, err := to.Receive(line)
			if err != nil {
				panic(err)
			}
			next = append(next, answers...)
		}
		waiting, from, to = next, to, from
	}
	alice.SetFragmentSize(134)
	lines, err := alice.Send(otr3.ValidMessage("short"))
	if err != nil {
		panic(err)
	}
	length := 0
	for _, line := range lines {
		length += len(strings.Split(string(line), ",")[3])
	}
	last := string(lines[len(lines)-1])
	fmt.Printf("otr3: %d characters in %d fragments, the last ends with %s\n", length, len(lines), last[len(last)-13:])
}
GO
seen=$(cd path/src/finding && GO111MODULE=off GOPATH="$work/path" GOFLAGS='' GOCACHE="$work/cache" go run .)
echo "$seen"
[ "$seen" = 'otr3: 686 characters in 8 fragments, the last ends with 00008,00008,,' ]
