#include "tools/parley/bench/connection_loop.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/websocket_frames.hpp"

namespace parley::bench {

namespace {

// What one recv takes at most: it should stay in the processor's cache.
constexpr std::size_t read_bytes = 65'536;
constexpr std::size_t upgrade_bytes_max = 8'192;
constexpr std::uint64_t timer_tag = ~0ULL;

std::string last_error() { return std::strerror(errno); }

}  // namespace

connection_loop::connection_loop(std::vector<node_address> nodes)
    : nodes_(std::move(nodes)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      mask_(std::random_device{}() | 1U),
      buffer_(new char[message_bytes_max + read_bytes + 16 + readable_behind]()) {
  if (epoll_ < 0 || timer_ < 0) throw bench_failure{"cannot make an epoll or a timer: " + last_error()};
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = timer_tag;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event);
}

connection_loop::~connection_loop() {
  for (const auto& each : connections_)
    if (each.socket >= 0) ::close(each.socket);
  ::close(timer_);
  ::close(epoll_);
}

std::size_t connection_loop::connect() {
  const auto index = connections_.size();
  const auto& node = node_of(index);
  connection made;
  made.socket = ::socket(node.socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made.socket < 0)
    throw bench_failure{"cannot open socket " + std::to_string(index + 1) + ": " + last_error() +
                        "; raise the limit of open files (ulimit -n) or ask for fewer sessions"};
  const int on = 1;
  ::setsockopt(made.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  made.out = upgrade_request(node.host);
  if (::connect(made.socket, reinterpret_cast<const sockaddr*>(&node.socket), node.size) != 0 &&
      errno != EINPROGRESS) {
    const auto why = last_error();
    ::close(made.socket);
    throw bench_failure{"cannot connect to " + node.host + ": " + why, exit_status::unreachable};
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 = index;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, made.socket, &event);
  made.waits_for_room = true;
  connections_.push_back(std::move(made));
  return index;
}

void connection_loop::send(std::size_t index, std::string_view text) {
  // xorshift32: a mask per frame keeps its proxies honest, and here it only has to be one.
  mask_ ^= mask_ << 13U;
  mask_ ^= mask_ >> 17U;
  mask_ ^= mask_ << 5U;
  append_frame(connections_[index].out, opcode::text, text, mask_);
  mark_dirty(index);
}

void connection_loop::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    auto& each = connections_[dirty_[i]];
    each.dirty = false;
    if (!each.waits_for_room) write(dirty_[i]);
  }
  dirty_.clear();
}

void connection_loop::run_once(nanoseconds until) {
  flush();
  arm(until);
  std::array<epoll_event, 256> events{};
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == timer_tag) {
      std::uint64_t expirations = 0;
      armed_for_ = ::read(timer_, &expirations, sizeof expirations) > 0 ? 0 : armed_for_;
    } else {
      on_ready(static_cast<std::size_t>(event.data.u64), event.events);
    }
  }
  flush();
}

void connection_loop::close_all() {
  for (auto& each : connections_) {
    if (each.socket < 0) continue;
    if (each.now == phase::open && each.out.empty()) {
      std::string frame;
      append_frame(frame, opcode::close, std::string_view{"\x03\xe9", 2}, mask_);
      // The node is told in passing; whether it reads this is its affair.
      [[maybe_unused]] const auto told = ::send(each.socket, frame.data(), frame.size(), MSG_NOSIGNAL);
    }
    ::close(each.socket);
    each.socket = -1;
    each.now = phase::closed;
  }
}

void connection_loop::on_ready(std::size_t index, std::uint32_t events) {
  auto& each = connections_[index];
  if (each.now == phase::connecting) {
    int problem = 0;
    socklen_t size = sizeof problem;
    ::getsockopt(each.socket, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem != 0)
      throw bench_failure{"cannot connect to " + node_of(index).host + ": " + std::strerror(problem),
                          exit_status::unreachable};
    each.now = phase::upgrading;
  }
  if ((events & EPOLLOUT) != 0) {
    watch(index, false);
    write(index);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(index);
}

void connection_loop::read(std::size_t index) {
  auto& each = connections_[index];
  const auto before = each.left_over.size();
  std::memcpy(buffer_.get(), each.left_over.data(), before);
  const auto got = ::recv(each.socket, buffer_.get() + before, read_bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) ended(index, last_error());
  if (got == 0) ended(index, "the node closed it without a close frame");
  ++reads_;
  const auto read_at = now_ns();
  const char* at = buffer_.get();
  const char* const end = at + before + got;
  if (each.now == phase::upgrading) at = take_upgrade(index, at, end);
  if (each.now == phase::open) at = take_frames(index, at, end, read_at);
  each.left_over.assign(at, end);
}

const char* connection_loop::take_upgrade(std::size_t index, const char* at, const char* end) {
  const std::string_view bytes{at, static_cast<std::size_t>(end - at)};
  const auto header = bytes.find("\r\n\r\n");
  if (header == std::string_view::npos) {
    if (bytes.size() > upgrade_bytes_max) ended(index, "its answer to the upgrade does not end");
    return at;
  }
  const auto wrong = why_not_upgraded(bytes.substr(0, header));
  if (!wrong.empty()) ended(index, wrong);
  connections_[index].now = phase::open;
  return at + header + 4;
}

const char* connection_loop::take_frames(std::size_t index, const char* at, const char* end,
                                         nanoseconds read_at) {
  for (;;) {
    const auto found = find_frame(at, static_cast<std::size_t>(end - at), message_bytes_max);
    if (found.status == frame_status::broken) ended(index, "it sent what is no frame of a WebSocket");
    if (found.status == frame_status::partial) return at;
    take_frame(index, {at + found.header, found.payload}, found, read_at);
    at += found.header + found.payload;
  }
}

void connection_loop::take_frame(std::size_t index, std::string_view payload, const frame_found& found,
                                 nanoseconds read_at) {
  auto& each = connections_[index];
  switch (found.kind) {
    case opcode::text:
      if (found.final) return handler_->on_text(index, payload.data(), payload.size(), read_at);
      each.fragments.assign(payload);
      return;
    case opcode::continuation: {
      if (each.fragments.size() + payload.size() > message_bytes_max)
        ended(index, "its message is too large");
      each.fragments.append(payload);
      if (!found.final) return;
      std::string whole;
      whole.swap(each.fragments);
      whole.reserve(whole.size() + readable_behind);
      return handler_->on_text(index, whole.data(), whole.size(), read_at);
    }
    case opcode::ping:
      append_frame(each.out, opcode::pong, payload, mask_);
      return mark_dirty(index);
    case opcode::pong:
      return;
    case opcode::binary:
      ended(index, "it sent a binary frame");
    case opcode::close: {
      std::string why = "the node closed it";
      if (payload.size() >= 2) {
        const auto high = static_cast<unsigned char>(payload[0]);
        const auto low = static_cast<unsigned char>(payload[1]);
        why += " with code " + std::to_string(high * 256 + low) + " " + std::string{payload.substr(2)};
      }
      ended(index, why);
    }
  }
}

void connection_loop::write(std::size_t index) {
  auto& each = connections_[index];
  while (each.sent < each.out.size()) {
    const auto done =
        ::send(each.socket, each.out.data() + each.sent, each.out.size() - each.sent, MSG_NOSIGNAL);
    if (done >= 0) {
      each.sent += static_cast<std::size_t>(done);
    } else if (errno == EAGAIN) {
      return watch(index, true);
    } else if (errno != EINTR) {
      ended(index, last_error());
    }
  }
  each.out.clear();
  each.sent = 0;
}

void connection_loop::mark_dirty(std::size_t index) {
  auto& each = connections_[index];
  if (each.dirty) return;
  each.dirty = true;
  dirty_.push_back(index);
}

void connection_loop::watch(std::size_t index, bool for_room) {
  auto& each = connections_[index];
  each.waits_for_room = for_room;
  epoll_event event{};
  event.events = for_room ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = index;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, each.socket, &event);
}

void connection_loop::arm(nanoseconds until) {
  if (until == armed_for_) return;
  itimerspec when{};
  when.it_value.tv_sec = until / second_ns;
  when.it_value.tv_nsec = until % second_ns;
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  armed_for_ = until;
}

void connection_loop::ended(std::size_t index, const std::string& why) const {
  throw bench_failure{"connection " + std::to_string(index + 1) + " of " +
                      std::to_string(connections_.size()) + " to " + node_of(index).host + " ended: " + why};
}

}  // namespace parley::bench
