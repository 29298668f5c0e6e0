#pragma once

#include <sys/types.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/link/network/caf_network.hpp"

namespace parley {

/// A folder that is gone afterwards.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// A cluster's authority and the certificates of some nodes, made by the code behind `parley certs`.
class test_authority {
public:
  explicit test_authority(const std::vector<std::string>& nodes);
  [[nodiscard]] link_tls_files files_of(const std::string& node) const;
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.path() / name; }

private:
  scratch_folder folder_;
};

/// One for all tests, with the nodes 1 to 3; and one that those do not know, with nodes 1 and 2.
const test_authority& our_authority();
const test_authority& other_authority();

/// Keeps what a network tells.
class noted_events : public wire_events {
public:
  struct open_wire {
    incarnation_id peer;
    std::uint64_t connection = 0;
    std::shared_ptr<wire> way;
  };
  void opened(incarnation_id peer, std::uint64_t connection, std::shared_ptr<wire> way) override;
  void received(incarnation_id peer, std::uint64_t connection, std::string bytes) override;
  void closed(incarnation_id peer, std::uint64_t connection) override;
  void failed(incarnation_id peer, std::string why) override;

  /// Whether this comes to hold, within ten seconds.
  bool wait(const std::function<bool()>& holds);
  [[nodiscard]] bool has_ended(std::uint64_t connection);

  // To be looked at in `wait`, or when nothing moves any more.
  std::vector<open_wire> wires;
  std::vector<std::string> pieces;
  std::vector<std::uint64_t> ended;
  std::vector<std::string> failures;
  std::function<void(const std::string&)> on_piece;

private:
  void note(const std::function<void()>& what);
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// A network of its own actor system.
class test_node {
public:
  test_node(std::int64_t node, link_tls_files tls,
            std::chrono::milliseconds introduce_within = std::chrono::seconds(5),
            std::size_t strangers_max = 64);
  ~test_node();
  [[nodiscard]] peer_address self() const { return {node, "node-" + to_text(node), network->address()}; }
  /// The way to the first peer.
  [[nodiscard]] std::shared_ptr<wire> way();
  [[nodiscard]] std::uint16_t port() const;

  incarnation_id node;
  std::shared_ptr<noted_events> events = std::make_shared<noted_events>();

private:
  struct configuration : caf::actor_system_config {
    configuration() {
      set("scheduler.max-threads", 1U);
      caf_network::prepare(*this);
    }
  };
  configuration configuration_;
  caf::actor_system system_{configuration_};

public:
  std::shared_ptr<caf_network> network;
};

/// Another process with a network (see peer_process.cpp): it answers each piece with the same.
class peer_process {
public:
  peer_process(std::int64_t node, const peer_address& expects, const link_tls_files& tls);
  ~peer_process();
  [[nodiscard]] peer_address self() const { return {node_, "node-" + to_text(node_), address_}; }
  void freeze() const;
  void thaw() const;
  void kill();
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t descriptors() const;
  [[nodiscard]] std::size_t resident_kb() const;
  /// Time it has run on processors.
  [[nodiscard]] std::chrono::milliseconds processor_time() const;

private:
  incarnation_id node_;
  pid_t pid_ = -1;
  int input_ = -1;
  std::string address_;
};

/// A TCP connection to a port of this machine, closed with its owner.
class raw_socket {
public:
  explicit raw_socket(std::uint16_t port);
  ~raw_socket();
  raw_socket(raw_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  raw_socket& operator=(raw_socket&&) = delete;
  void send(std::string_view bytes) const;
  /// Whether the other side ends the connection within this time.
  [[nodiscard]] bool is_ended(std::chrono::milliseconds within) const;
  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

std::size_t descriptors_of(const std::string& process);

}  // namespace parley
