#pragma once

#include <memory>

#include "actors/link/network/caf_network.hpp"
#include "config/load.hpp"
#include "transport/tls_identity.hpp"

namespace parley {

/// What clients are shown, as the configuration says; nothing when it says no TLS. The failure is one line
/// that begins with where the configuration says it.
outcome<std::shared_ptr<tls_identity>> open_certificate(const loaded_settings& loaded);

/// Reads the certificates again, since somebody asked for it, and logs what became of that. Either may be
/// none.
void reload_certificates(tls_identity* to_clients, caf_network* to_peers);

}  // namespace parley
