#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// Binds and listens; the failure says which address could not be had, why, and which options choose another.
outcome<void> listen_with(boost::asio::ip::tcp::acceptor& acceptor, const std::string& address,
                          std::uint16_t port);

/// Whether somebody could listen there now: for those who have much to do before they do.
outcome<void> can_listen(const std::string& address, std::uint16_t port);

}  // namespace parley
