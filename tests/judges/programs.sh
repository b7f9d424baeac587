#!/bin/sh
# The programs that judges need besides: those that are missing are installed from Debian's packages, by root.
set -eu
PATH="$PATH:/usr/sbin"

missing=""
for wanted in nginx:nginx-light chromium:chromium java:default-jre-headless curl:curl; do
  command -v "${wanted%%:*}" >/dev/null || missing="$missing ${wanted##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The judges need these packages of Debian, or the same from elsewhere:$missing" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
