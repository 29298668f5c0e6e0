#pragma once

#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/app.hpp"
#include "tools/parley/top/asker.hpp"

namespace parley::top {

/// Shows the app on this process's terminal until somebody quits. A problem when nobody answers at first, or
/// the terminal is none; what comes later is said on the screen, which goes on.
///
/// Does not come back when a signal ends it, nor while a node keeps a last answer waiting: then it ends the
/// process, with the terminal as it was.
client::outcome<void> show_live(asker asks, const app_settings& settings);

}  // namespace parley::top
