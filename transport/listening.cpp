#include "transport/listening.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace parley {

namespace net = boost::asio;

namespace {
/// A crowd that comes back together; the kernel's own limit (net.core.somaxconn) holds below it.
constexpr int backlog = 4'096;
}  // namespace

outcome<void> listen_with(net::ip::tcp::acceptor& acceptor, const std::string& address, std::uint16_t port) {
  boost::system::error_code problem;
  const net::ip::tcp::endpoint at{net::ip::make_address(address, problem), port};
  if (!problem) acceptor.open(at.protocol(), problem);
  if (!problem) acceptor.set_option(net::socket_base::reuse_address(true), problem);
  if (!problem) acceptor.bind(at, problem);
  if (!problem) acceptor.listen(backlog, problem);
  if (!problem) return {};
  return failure{errc::internal,
                 "cannot listen on " + address + " port " + std::to_string(port) + ": " + problem.message() +
                     "; choose another with --listen.address and --listen.port (0: any)",
                 {}};
}

outcome<void> can_listen(const std::string& address, std::uint16_t port) {
  net::io_context nobody;
  net::ip::tcp::acceptor trial{nobody};
  return listen_with(trial, address, port);
}

}  // namespace parley
