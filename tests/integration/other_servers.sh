#!/usr/bin/env bash
# Lays out Debian's Exim and OpenSMTPD for the tests, in build/mail-servers: as packages they exclude Postfix and each
# other. What they need of the machine are two libraries and the users that they give their rights away to; so, as root.
set -euo pipefail
cd "$(dirname "$0")/../.."
where="$PWD/build/mail-servers"
export DEBIAN_FRONTEND=noninteractive
for user in Debian-exim opensmtpd opensmtpq; do
  getent passwd "$user" >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
done
mkdir -p "$where"
packages="$(mktemp -d)"
trap 'rm -rf "$packages"' EXIT
(cd "$packages" && apt-get download -qq -o APT::Sandbox::User=root exim4-daemon-light opensmtpd)
# The libraries alone that they are linked with, by the names that they have in this release.
mapfile -t libraries < <(for one in "$packages"/*.deb; do dpkg-deb -f "$one" Depends; done |
  tr ',' '\n' | sed 's/[|(].*//; s/[[:space:]]//g' | grep '^lib' | sort -u)
apt-get install -y -qq --no-install-recommends "${libraries[@]}" >/dev/null
for one in "$packages"/*.deb; do dpkg-deb -x "$one" "$where"; done
# Nobody needs Exim's right to become root: the tests start it as root.
chmod u-s "$where/usr/sbin/exim4"
