#pragma once

#include <string>
#include <string_view>

namespace parley::testing {

/// Sends these bytes to a node's server on a connection of their own, ends, and gives everything that came
/// back. What is to be sent behind an answer's head (a handshake's) waits for it. The session behind the
/// server answers each request. Fails when the server does not end the connection in time, or calls a
/// session in a way it must not.
std::string converse(std::string_view bytes, std::string_view behind_answer = {});

}  // namespace parley::testing
