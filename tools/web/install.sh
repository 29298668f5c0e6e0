#!/bin/sh
# install.sh [NPM]: the npm packages of this folder, as package-lock.json says, unless they are there.
# Several builds may run at once; they take turns.
set -eu
cd "$(dirname "$0")"
npm="${1:-npm}"
(
  flock 9
  if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
    exit 0
  fi
  "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error || {
    echo "tools/web: npm ci failed. It needs the npm registry (https://registry.npmjs.org) the first time;" >&2
    echo "behind a proxy, set HTTPS_PROXY or npm's 'registry'." >&2
    exit 1
  }
) 9<package.json
