#pragma once

#include <optional>
#include <string>

namespace parley::commands {

/// Whether there is a terminal to ask at, wherever stdin and stdout lead.
bool can_ask();

/// Asks for a secret at the terminal, showing nothing of it. Nothing: interrupted, or no terminal.
std::optional<std::string> ask_secret(const std::string& question);

/// Asks a question whose answer is yes or no; everything but `y` and `yes` is no.
bool ask_yes(const std::string& question);

}  // namespace parley::commands
