#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/values/ports/call_forwarding.hpp"

namespace parley {

/// Who answers the calls that peers hand over; the transport says so, and the forwarder asks.
class call_server {
public:
  void is(call_forwarding::server answers) {
    const std::scoped_lock lock{mutex_};
    answers_ = std::move(answers);
  }
  /// Whether there is somebody to ask.
  bool ask(forwarded_call call, std::function<void(forwarded_answer)> respond) {
    const std::scoped_lock lock{mutex_};
    if (!answers_) return false;
    answers_(std::move(call), std::move(respond));
    return true;
  }

private:
  std::mutex mutex_;
  call_forwarding::server answers_;
};

/// How many calls of this node's clients may be on their way at once.
struct call_desk_bounds {
  // With long polling, each of a node's polling sessions may have one that waits, and another besides.
  std::size_t calls_max = 20'000;
  std::size_t bytes_max = 64U * 1'048'576U;  // of their bodies
};

/// The forwarder as the transport sees it.
class call_desk final : public call_forwarding {
public:
  call_desk(std::shared_ptr<const directory> where, std::shared_ptr<call_server> serves,
            call_desk_bounds bounds = {})
      : where_(std::move(where)), serves_(std::move(serves)), bounds_(bounds) {}

  [[nodiscard]] std::string mark() const override;
  [[nodiscard]] std::optional<incarnation_id> marked(std::string_view mark) const override;
  void forward(incarnation_id node, forwarded_call call, std::chrono::milliseconds within,
               answered respond) override;
  void serve(server answers) override { serves_->is(std::move(answers)); }
  void give_up() override;

private:
  struct load {
    std::atomic<std::size_t> calls{0};
    std::atomic<std::size_t> bytes{0};
  };
  std::shared_ptr<const directory> where_;
  std::shared_ptr<call_server> serves_;
  const call_desk_bounds bounds_;
  std::shared_ptr<load> load_ = std::make_shared<load>();
};

}  // namespace parley
