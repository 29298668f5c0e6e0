#include "tests/link/support_network.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "tools/parley/certs/authority.hpp"

namespace parley {

namespace {
constexpr std::chrono::seconds patience{10};

std::uint16_t port_in(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}
}  // namespace

scratch_folder::scratch_folder() {
  auto name = (std::filesystem::temp_directory_path() / "parley-link-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

test_authority::test_authority(const std::vector<std::string>& nodes) {
  auto by = certs::authority::open_or_make(folder_.path());
  if (by.has_error()) throw std::runtime_error(by.error().message);
  if (const auto made = by->sign(nodes, 30); made.has_error()) throw std::runtime_error(made.error().message);
}

link_tls_files test_authority::files_of(const std::string& node) const {
  return {file(node + ".crt"), file(node + ".key"), file("ca.crt")};
}

const test_authority& our_authority() {
  static const test_authority made({"node-1", "node-2", "node-3"});
  return made;
}

const test_authority& other_authority() {
  static const test_authority made({"node-1", "node-2"});
  return made;
}

void noted_events::note(const std::function<void()>& what) {
  {
    const std::scoped_lock lock{mutex_};
    what();
  }
  changed_.notify_all();
}

void noted_events::opened(incarnation_id peer, std::uint64_t connection, std::shared_ptr<wire> way) {
  note([&] { wires.push_back({peer, connection, std::move(way)}); });
}

void noted_events::received(incarnation_id /*peer*/, std::uint64_t /*connection*/, std::string bytes) {
  note([&] {
    if (on_piece) on_piece(bytes);
    pieces.push_back(std::move(bytes));
  });
}

void noted_events::closed(incarnation_id /*peer*/, std::uint64_t connection) {
  note([&] { ended.push_back(connection); });
}

void noted_events::failed(incarnation_id /*peer*/, std::string why) {
  note([&] { failures.push_back(std::move(why)); });
}

bool noted_events::wait(const std::function<bool()>& holds) {
  std::unique_lock lock{mutex_};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // Also what nobody tells of, as how many descriptors there are.
  while (std::chrono::steady_clock::now() < deadline)
    if (changed_.wait_for(lock, std::chrono::milliseconds(10), holds)) return true;
  return false;
}

bool noted_events::has_ended(std::uint64_t connection) {
  const std::scoped_lock lock{mutex_};
  return std::ranges::find(ended, connection) != ended.end();
}

test_node::test_node(std::int64_t as, link_tls_files tls, std::chrono::milliseconds introduce_within,
                     std::size_t strangers_max)
    : node{as} {
  caf_network_settings settings;
  settings.node = node;
  settings.name = "node-" + to_text(node);
  settings.address = "127.0.0.1";
  settings.tls = std::move(tls);
  settings.introduce_within = introduce_within;
  settings.strangers_max = strangers_max;
  auto opened = caf_network::open(system_, settings, events);
  if (opened.has_error()) throw std::runtime_error(opened.error().message);
  network = std::move(opened.value());
}

test_node::~test_node() {
  events->wires.clear();
  network->stop();
}

std::shared_ptr<wire> test_node::way() {
  std::shared_ptr<wire> found;
  events->wait([&] {
    if (!events->wires.empty()) found = events->wires.back().way;
    return found != nullptr;
  });
  return found;
}

std::uint16_t test_node::port() const { return port_in(network->address()); }

peer_process::peer_process(std::int64_t node, const peer_address& expects, const link_tls_files& tls)
    : node_{node} {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  const std::vector<std::string> arguments{
      PARLEY_LINK_PEER_PROCESS, to_text(node_), to_text(expects.incarnation),
      tls.certificate,          tls.key,        tls.ca};
  std::vector<char*> raw;
  for (const auto& each : arguments) raw.push_back(const_cast<char*>(each.c_str()));
  raw.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    execv(raw.front(), raw.data());
    _exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  input_ = to[1];
  // It writes its address, and a line's end, and nothing else.
  for (char letter = 0; read(from[0], &letter, 1) == 1 && letter != '\n';) address_ += letter;
  ::close(from[0]);
  if (address_.empty()) throw std::runtime_error("the peer process did not start");
}

peer_process::~peer_process() {
  thaw();
  ::close(input_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void peer_process::freeze() const { ::kill(pid_, SIGSTOP); }
void peer_process::thaw() const {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}
void peer_process::kill() {
  ::kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), nullptr, 0);
}

std::uint16_t peer_process::port() const { return port_in(address_); }

std::size_t peer_process::descriptors() const { return descriptors_of(std::to_string(pid_)); }

std::size_t peer_process::resident_kb() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      std::size_t kb = 0;
      status >> kb;
      return kb;
    }
  return 0;
}

std::chrono::milliseconds peer_process::processor_time() const {
  std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
  const std::vector<std::string> words{std::istream_iterator<std::string>(stat), {}};
  constexpr std::size_t user = 13, system = 14;
  if (words.size() <= system) return {};
  return std::chrono::milliseconds((std::stol(words[user]) + std::stol(words[system])) * 1'000 /
                                   sysconf(_SC_CLK_TCK));
}

raw_socket::raw_socket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0)
    throw std::runtime_error("not connected");
}

raw_socket::~raw_socket() {
  if (fd_ >= 0) ::close(fd_);
}

void raw_socket::send(std::string_view bytes) const {
  static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

bool raw_socket::is_ended(std::chrono::milliseconds within) const {
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::array<char, 4'096> bytes{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    pollfd ready{fd_, POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0) return false;
    if (read(fd_, bytes.data(), bytes.size()) <= 0) return true;
  }
}

std::size_t descriptors_of(const std::string& process) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/" + process + "/fd"))
    ++count;
  return count;
}

}  // namespace parley
