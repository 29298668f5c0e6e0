#pragma once

namespace parley::top {

// How the terminal becomes again what it was when this process crashes: ncurses itself must not be called
// then.

/// Remembers how the terminal is set; before anybody changes that.
void remember_terminal();
/// From now on a crash (SEGV, BUS, FPE, ILL, ABRT) puts the terminal back first. After ncurses knows which
/// terminal it is.
void restore_on_crash();
/// From now on it does not.
void forget_terminal();

}  // namespace parley::top
