#pragma once

#include <systemd/sd-daemon.h>

namespace parley {

/// Tells systemd, when it is the one that started the node as a service of type `notify`
/// (sd_notify(3)); does nothing otherwise.
inline void tell_service_manager(const char* state) { ::sd_notify(0, state); }

}  // namespace parley
