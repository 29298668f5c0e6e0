# What tools/run and tools/test share: saying what goes on, installing what is missing, building.
# Sourced by bash with `set -euo pipefail`; expects `root`, the project's folder.

started_at=$SECONDS

# say TEXT: one line with the time since the start, on stderr: stdout belongs to what is run.
say() { printf '[%3ds] %s\n' "$((SECONDS - started_at))" "$*" >&2; }

# fail TEXT…: one line each, then the end.
fail() {
  local line
  for line in "$@"; do printf 'error: %s\n' "$line" >&2; done
  exit 1
}

# quietly FILE COMMAND…: runs it with its output in FILE, and shows the end of that when it failed.
quietly() {
  local log="$1"
  shift
  mkdir -p "$(dirname "$log")"
  if "$@" >"$log" 2>&1; then return 0; fi
  printf '%s\n' "----- the last lines of $log" >&2
  tail -n 30 "$log" >&2
  return 1
}

build_packages=(g++ cmake ninja-build ccache mold pkg-config libcaf-dev libboost1.81-dev libpqxx-dev libpq-dev
  libyaml-cpp-dev libsystemd-dev libsimdjson-dev libspdlog-dev libfmt-dev libcli11-dev libsodium-dev libssl-dev zlib1g-dev libncurses-dev
  prometheus-cpp-dev postgresql-15
  libgtest-dev libgmock-dev librapidcheck-dev nodejs npm)
test_packages=(python3 python3-jsonschema python3-networkx python3-websockets graphviz openssl chromium git clang-16 libclang-rt-16-dev)

# What one checkout has compiled, another on this machine need not compile again.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# is_there PACKAGE: installed by dpkg; Node and npm may also come from elsewhere.
is_there() {
  case "$1" in
    nodejs) command -v node >/dev/null && return 0 ;;
    npm) command -v npm >/dev/null && return 0 ;;
  esac
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# as_root COMMAND…: directly, or through sudo.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Installing Debian's postgresql-15 makes a cluster and starts it. Nobody asked for that one: a file
# says no while the package is being installed, and is taken away again.
cluster_veto=/etc/postgresql-common/createcluster.d/parley.conf

forbid_cluster() {
  as_root mkdir -p "$(dirname "$cluster_veto")"
  printf 'create_main_cluster = false\n' | as_root tee "$cluster_veto" >/dev/null
}

allow_cluster() { as_root rm -f "$cluster_veto"; }

apt_install() {
  # --no-remove: what somebody has installed is not ours to replace.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q \
    --no-install-recommends --no-remove "$@"
}

# install_missing PACKAGE…: nothing at all when nothing is missing.
install_missing() {
  local missing=() package logs="$root/build/logs"
  command -v dpkg-query >/dev/null ||
    fail "this is no Debian: dpkg-query is missing" "on another system install what README.md lists and build with CMake"
  for package in "$@"; do is_there "$package" || missing+=("$package"); done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "these Debian packages are missing, and there is no sudo to install them with:" "  ${missing[*]}" \
      "as root, type: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ((EUID != 0)); then sudo -v || fail "sudo was refused; as root, type: apt-get install ${missing[*]}"; fi
  say "asking for the list of packages (apt-get update)"
  quietly "$logs/apt-update.log" as_root apt-get -o DPkg::Lock::Timeout=300 update -q ||
    fail "apt-get update failed: is the network there?"
  local vetoed=
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
    say "telling Debian's postgresql not to start a server of its own ($cluster_veto, for this installation only)"
    vetoed=yes
    trap allow_cluster EXIT
    forbid_cluster
  fi
  say "downloading and unpacking; the log is build/logs/apt-install.log"
  quietly "$logs/apt-install.log" apt_install "${missing[@]}" ||
    fail "apt-get install failed; the packages were: ${missing[*]}" "Parley is built on Debian 12 (bookworm)"
  if [[ -n $vetoed ]]; then
    allow_cluster
    trap - EXIT
  fi
  say "installed"
}

# Debian's package prometheus starts a server when it is installed. Only its checker of metrics is wanted:
# taken out of the package, into build/tools.
fetch_promtool() {
  local folder="$root/build/tools" log="$root/build/logs/promtool.log"
  command -v promtool >/dev/null && return 0
  [[ -x $folder/promtool ]] && return 0
  say "taking promtool out of Debian's package prometheus (19 MB), which is not installed"
  mkdir -p "$folder"
  (
    cd "$folder" && rm -f prometheus_*.deb &&
      { quietly "$log" apt-get download -q prometheus ||
        { as_root apt-get update -q >>"$log" 2>&1 && quietly "$log" apt-get download -q prometheus; }; } &&
      dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin/promtool &&
      rm -f prometheus_*.deb
  ) || fail "promtool cannot be had; the log is build/logs/promtool.log"
}

# A compiler of Beast or CAF takes up to 1.5 GB: no more of them than there is memory for.
parallel_jobs() {
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((by_memory >= 1)) || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# configure PRESET: only the first time; Ninja calls CMake again by itself when a list changes.
configure() {
  local preset="$1"
  [[ -f $root/build/$preset/build.ninja ]] && return 0
  say "configuring build/$preset"
  (cd "$root" && quietly "build/logs/configure-$preset.log" cmake --preset "$preset") ||
    fail "CMake could not configure the preset '$preset'"
}

# build PRESET TARGET…: Ninja shows how far it is.
build() {
  local preset="$1"
  shift
  (($#)) || return 0
  local folder="$root/build/$preset" jobs
  jobs=$(parallel_jobs)
  if ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do'; then return 0; fi
  say "building build/$preset with $jobs compilers at a time: $*"
  NINJA_STATUS='  [%f/%t, %es] ' ninja -C "$folder" -j "$jobs" "$@" >&2 || return 1
  say "built build/$preset"
}
