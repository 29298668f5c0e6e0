#!/usr/bin/env bash
# Runs in the Debian that package_test.sh has booted: what an operator does with the package, step by step.
# Writes "ok" or what went wrong to /root/result.
set -euo pipefail
exec >/root/log 2>&1 </dev/null
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo "ended early; the last lines above say where" >/root/result
step() { echo "== $*"; }
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || { echo "not in time: $*"; return 1; }
    read -r -t 0.2 <> <(:) || true
  done
}
serves() { [[ $(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/readyz) == 200 ]]; }
account() {
  curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d "{\"name\":\"$1\",\"password\":\"long enough\"}" "http://127.0.0.1:8080/v1/$2"
}

step "install"
apt-get update -q
apt-get install -y -q --no-install-recommends /root/parley.deb
systemctl is-active parley
serves
[[ $(pg_lsclusters -h | wc -l) == 0 ]] # no server that nobody asked for
[[ $(stat -c %U:%a /var/lib/parley) == parley:750 ]]
systemd-analyze verify /usr/lib/systemd/system/parley.service
systemd-analyze security --no-pager parley.service | tail -n 1
[[ $(account alice accounts) == 201 ]]

step "upgrade: what was written and configured stays"
echo "# by the operator" >>/etc/parley/parley.yaml
before=$(systemctl show -P MainPID parley)
apt-get install -y -q --no-install-recommends --reinstall /root/parley.deb
wait_for 60 serves
[[ $(systemctl show -P MainPID parley) != "$before" ]]
grep -q "by the operator" /etc/parley/parley.yaml
[[ $(account alice accounts) == 409 && $(account alice tokens) == 201 ]]

step "kill -9: systemd starts it again"
kill -9 "$(systemctl show -P MainPID parley)"
wait_for 60 serves
[[ $(account alice tokens) == 201 ]]

step "stop and start"
systemctl stop parley
[[ $(systemctl show -P Result parley) == success && $(systemctl show -P ExecMainStatus parley) == 0 ]]
[[ -z $(ps -u parley -o pid=) ]]
systemctl start parley
serves

step "remove: what people wrote and the configuration stay"
apt-get remove -y -q parley
! systemctl is-active parley
[[ -z $(ps -u parley -o pid=) && -d /var/lib/parley/postgres && -f /etc/parley/parley.yaml && ! -e /usr/bin/parleyd ]]
apt-get install -y -q --no-install-recommends /root/parley.deb
wait_for 60 serves
[[ $(account alice tokens) == 201 ]]

step "purge: nothing stays"
apt-get purge -y -q parley
[[ ! -e /var/lib/parley && ! -e /etc/parley ]]
! getent passwd parley
echo ok >/root/result
