#pragma once

#include <memory>

#include "config/load.hpp"
#include "transport/tls_identity.hpp"

namespace parley {

/// What clients are shown, as the configuration says; nothing when it says no TLS. The failure is one line
/// that begins with where the configuration says it.
outcome<std::shared_ptr<tls_identity>> open_certificate(const loaded_settings& loaded);

/// Reads the certificate again, since somebody asked for it, and logs what became of that.
void reload_certificate(tls_identity* shown);

}  // namespace parley
