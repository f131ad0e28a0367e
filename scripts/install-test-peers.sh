#!/bin/sh
# Installs what the interop tests talk to and nobody here wrote: Mono's WCF, and tshark's dissector. For Debian and
# its relatives, as root. Where that can't be, it says so and succeeds: the tests skip what is missing, with the reason.
set -u
packages="mono-mcs mono-runtime libmono-system-servicemodel4.0a-cil libmono-system-runtime-serialization4.0-cil tshark"

missing=""
for package in $packages; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

without() {
  echo "Interop tests go without$missing: $1" >&2
  exit 0
}
command -v apt-get >/dev/null || without "there is no apt-get here"
[ "$(id -u)" = 0 ] || without "apt-get needs root; sudo scripts/install-test-peers.sh installs them"

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -qq --yes --no-install-recommends "$@" >/dev/null; }
apt-get update -qq || true
# shellcheck disable=SC2086 # a list of names
install $missing && exit 0
# One that is not to be had keeps none of the others away.
for package in $missing; do
  install "$package" || echo "Interop tests go without $package: it could not be installed" >&2
done
exit 0
