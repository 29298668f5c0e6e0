#!/usr/bin/env bash
# README's two commands on a Debian 12 that debootstrap has just made: from the sources to the first
# message, then every test. Needs root, for chroot; uses the mirrors and proxy that this machine uses.
set -euo pipefail
source_folder="${PARLEY_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
port=18080
first_message_within_s=600

((EUID == 0)) || { echo "this test makes a chroot and needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }

fresh="$(mktemp -d /var/tmp/parley-fresh-debian-XXXXXX)"
chmod 755 "$fresh"
node=
leave() {
  local code=$?
  if [[ -n $node ]]; then kill -TERM "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true; fi
  for mounted in dev/pts dev/shm dev proc; do
    if mountpoint -q "$fresh/$mounted"; then umount -l "$fresh/$mounted"; fi
  done
  # Never into what is still mounted.
  rm -rf --one-file-system "$fresh"
  exit "$code"
}
trap leave EXIT

source "$here/support/fresh_debian.sh"
make_fresh_debian "$fresh" ca-certificates
mount -t proc proc "$fresh/proc"
mount --bind /dev "$fresh/dev"
mount -t devpts devpts "$fresh/dev/pts" 2>/dev/null || true
mount -t tmpfs tmpfs "$fresh/dev/shm"
mkdir "$fresh/parley"
tar -C "$source_folder" --exclude=./build --exclude=node_modules --exclude=./parley-data -cf - . | tar -C "$fresh/parley" -xf -
# The registry this machine uses, if npm is here to say so.
registry="$(npm config get registry 2>/dev/null || true)"

# In the background (and in a pipe) the shell becomes what it runs, so that a signal to it reaches that.
inside() {
  local run=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"}
    ${registry:+npm_config_registry="$registry"} NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    chroot "$fresh" /bin/bash -c "cd /parley && exec $1")
  if [[ $BASHPID != "$$" ]]; then exec "${run[@]}"; else "${run[@]}"; fi
}

began=$SECONDS
inside "tools/run --listen.port=$port" &
node=$!
until [[ -s $fresh/parley/parley-data/address ]]; do
  kill -0 "$node" || { echo "tools/run ended before there was a node"; exit 1; }
  ((SECONDS - began < first_message_within_s)) || { echo "no node after $first_message_within_s s"; exit 1; }
  read -r -t 0.2 <> <(:) || true
done
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/first_message.py" "http://127.0.0.1:$port"
first=$((SECONDS - began))
echo "from the sources to the first message: $first s on $(nproc) cores"
((first < first_message_within_s))

# Nothing that nobody asked for: the only PostgreSQL is the node's.
if chroot "$fresh" pg_lsclusters -h | grep -q .; then
  echo "Debian's postgresql package has left a cluster behind"
  exit 1
fi
# env and chroot become bash, tools/run becomes parleyd: the process is the node.
kill -TERM "$node"
wait "$node"
node=
began=$SECONDS
inside "tools/run --help" >/dev/null
inside tools/test | tail -n 1 | tee "$fresh/closing-line"
grep -Eq '^[1-9][0-9]* passed, 0 failed$' "$fresh/closing-line"
echo "tools/test: $((SECONDS - began)) s"
