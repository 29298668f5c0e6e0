#pragma once

#include <CLI/App.hpp>

namespace parley::chat {

/// Adds `chat`; when it is the one that is called, it runs and sets the exit code.
void add_chat_command(CLI::App& app, int& exit_code);

}  // namespace parley::chat
