#pragma once

#include <string>
#include <string_view>

namespace parley {

/// A connection string with what every connection of a node needs: keepalive and `tcp_user_timeout` on
/// both ends (a peer that vanished is noticed in 5 s), statements bounded, and a name by which others
/// see in `pg_stat_activity` whose connection it is.
std::string with_connection_options(const std::string& url, std::string_view application_name,
                                    std::string_view settings = {});

}  // namespace parley
