# Sourced. make_fresh_debian FOLDER PACKAGES: a Debian 12 made by debootstrap in FOLDER, with the mirrors, the
# proxy and the certificates that this machine uses.

make_fresh_debian() {
  local fresh="$1" packages="$2" mirror place began=$SECONDS
  # The first mirror that apt was given here.
  mirror="$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -nE 's/^(URIs: *|deb +(\[[^]]*\] +)?)(https?:[^ ]*).*/\3/p' | grep -v security | head -n 1 || true)"
  mirror="${mirror:-http://deb.debian.org/debian}"
  echo "making a Debian 12 from $mirror"
  debootstrap --variant=minbase --include="$packages" bookworm "$fresh" "$mirror" >"$fresh.log" 2>&1 ||
    { tail -n 20 "$fresh.log"; exit 1; }
  rm -f "$fresh.log"
  for place in sources.list.d apt.conf.d; do
    find "/etc/apt/$place" -type f \( -name '*.sources' -o -name '*.list' -o -path '*/apt.conf.d/*' \) \
      ! -name 'docker*' -exec cp {} "$fresh/etc/apt/$place/" \;
  done
  if [[ -s /etc/apt/sources.list ]]; then cp /etc/apt/sources.list "$fresh/etc/apt/"; else : >"$fresh/etc/apt/sources.list"; fi
  cp -L /etc/resolv.conf /etc/hosts "$fresh/etc/"
  # A file of its own there, not a link: links in there lead to this machine's files.
  cp -L --remove-destination /etc/ssl/certs/ca-certificates.crt "$fresh/etc/ssl/certs/ca-certificates.crt"
  echo "a fresh Debian took $((SECONDS - began)) s"
}
