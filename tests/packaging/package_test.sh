#!/usr/bin/env bash
# The Debian package on a Debian 12 with systemd, made by debootstrap and booted in a container: installs,
# serves, upgrades, restarts after a crash, is removed and purged. Needs root.
set -euo pipefail
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$source_folder/tests/packaging"
binary_folder="${PARLEY_BINARY_DIR:-$source_folder/build/release}"
within_s=900

((EUID == 0)) || { echo "this test boots a container and needs root" >&2; exit 1; }
for program in debootstrap systemd-nspawn; do
  command -v "$program" >/dev/null || { echo "$program is missing: apt-get install debootstrap systemd-container" >&2; exit 1; }
done
fresh="$(mktemp -d /var/tmp/parley-package-XXXXXX)"
chmod 755 "$fresh"
leave() {
  local code=$?
  rm -rf --one-file-system "$fresh" "$fresh.deb"
  exit "$code"
}
trap leave EXIT

(cd "$binary_folder" && cpack -B "$fresh.deb") >"$fresh.log" || { tail -n 20 "$fresh.log"; exit 1; }
rm -f "$fresh.log"
source "$source_folder/tests/integration/support/fresh_debian.sh"
make_fresh_debian "$fresh" ca-certificates,systemd,systemd-sysv,dbus,curl,procps
cp "$fresh.deb"/parley_*.deb "$fresh/root/parley.deb"
cp "$here/inside.sh" "$fresh/root/"
cat >"$fresh/etc/systemd/system/package-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /root/inside.sh
ExecStopPost=/bin/systemctl poweroff --no-block
[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$fresh/etc/systemd/system/multi-user.target.wants"
ln -s ../package-test.service "$fresh/etc/systemd/system/multi-user.target.wants/"

# systemd wants the unified hierarchy; this machine may have another one.
timeout "$within_s" unshare --mount bash -c '
  if [[ $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs ]]; then
    umount -R /sys/fs/cgroup
    mount -t cgroup2 none /sys/fs/cgroup
  fi
  exec systemd-nspawn --directory="$1" --machine="$2" --register=no --keep-unit --boot --resolv-conf=off --timezone=off --console=pipe
' - "$fresh" "$(basename "$fresh")" </dev/null >"$fresh/root/console" 2>&1 || echo "the container ended with $?"
cat "$fresh/root/log" 2>/dev/null || tail -n 30 "$fresh/root/console"
[[ $(cat "$fresh/root/result" 2>/dev/null) == ok ]] || { cat "$fresh/root/result" 2>/dev/null; exit 1; }
echo "the package installs, serves, upgrades, restarts, is removed and purged"
