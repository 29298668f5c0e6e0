#include "tools/parley/bench/node_address.hpp"

#include <netdb.h>

#include <cstring>
#include <memory>

#include "tools/parley/bench/bench_failure.hpp"

namespace parley::bench {

node_address node_address::of(const client::endpoint& node) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(node.host.c_str(), std::to_string(node.port).c_str(), &wanted, &found);
  if (problem != 0)
    throw bench_failure{"cannot find " + node.url() + ": " + ::gai_strerror(problem),
                        exit_status::unreachable};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
  node_address result;
  std::memcpy(&result.socket, found->ai_addr, found->ai_addrlen);
  result.size = found->ai_addrlen;
  result.host = node.authority();
  return result;
}

}  // namespace parley::bench
