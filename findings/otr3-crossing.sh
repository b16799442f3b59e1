#!/usr/bin/env bash
# otr3 (OTR versions 2 and 3 in Go; Debian's golang-github-twstrike-otr3-dev 0.0~git20161015.0.744856d-3.1, and coyim/otr3 of 2026 alike):
# two people who begin at the same moment get no conversation.
#
# Expected: of two D-H Commit messages that cross, that with the higher hash wins. Who sent it ignores the other one, sends its own again, and goes on
#           when the D-H Key message comes ("Receiving a D-H Commit Message").
# Seen:     who sent it sends it again, and then passes over the D-H Key message that answers it. Nobody is private, in each of ten attempts.
# Asking again helps, when only one of the two asks.
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

	"github.com/twstrike/otr3"
)

func newKey() otr3.PrivateKey {
	key := &otr3.DSAPrivateKey{}
	if err := key.Generate(rand.Reader); err != nil {
		panic(err)
	}
	return key
}

func person(key otr3.PrivateKey) *otr3.Conversation {
	c := &otr3.Conversation{Rand: rand.Reader}
	c.SetOurKeys([]otr3.PrivateKey{key})
	c.Policies.AllowV3()
	return c
}

func receive(c *otr3.Conversation, lines []otr3.ValidMessage) []otr3.ValidMessage {
	answers := []otr3.ValidMessage{}
	for _, line := range lines {
		_, more, err := c.Receive(line)
		if err != nil {
			panic(err)
		}
		answers = append(answers, more...)
	}
	return answers
}

/* Whether both are private in the end. asked: how many of the two get a query. */
func meet(keys [2]otr3.PrivateKey, asked int) bool {
	alice, bob := person(keys[0]), person(keys[1])
	query := []otr3.ValidMessage{otr3.ValidMessage("?OTRv3?")}
	toBob, toAlice := receive(alice, query), []otr3.ValidMessage{}
	if asked == 2 {
		toAlice = receive(bob, query)
	}
	for turn := 0; turn < 20 && len(toBob)+len(toAlice) > 0; turn++ {
		toBob, toAlice = receive(alice, toAlice), receive(bob, toBob)
	}
	return alice.IsEncrypted() && bob.IsEncrypted()
}

func main() {
	keys := [2]otr3.PrivateKey{newKey(), newKey()}
	one, both := 0, 0
	for turn := 0; turn < 10; turn++ {
		if meet(keys, 1) {
			one++
		}
		if meet(keys, 2) {
			both++
		}
	}
	fmt.Printf("private in 10 attempts: %d where one begins, %d where both begin\n", one, both)
}
GO
seen=$(cd path/src/finding && GO111MODULE=off GOPATH="$work/path" GOFLAGS='' GOCACHE="$work/cache" go run .)
echo "$seen"
[ "$seen" = 'private in 10 attempts: 10 where one begins, 0 where both begin' ]
