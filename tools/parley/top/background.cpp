#include "tools/parley/top/background.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace parley::top {

background::background(asker asks)
    : asks_(std::move(asks)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread{[this] { run(); }};
}

background::~background() {
  {
    const std::scoped_lock lock{mutex_};
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
  ::close(event_);
}

bool background::is_busy() const {
  const std::scoped_lock lock{mutex_};
  return is_busy_;
}

void background::ask(std::vector<question> questions) {
  {
    const std::scoped_lock lock{mutex_};
    questions_ = std::move(questions);
    is_busy_ = true;
  }
  changed_.notify_all();
}

void background::set_level(std::string level) {
  {
    const std::scoped_lock lock{mutex_};
    level_ = std::move(level);
    is_busy_ = true;
  }
  changed_.notify_all();
}

std::optional<answers> background::take_answers() {
  const std::scoped_lock lock{mutex_};
  std::uint64_t count = 0;
  // There may be nothing to read, which is no failure.
  [[maybe_unused]] const auto reset = ::read(event_, &count, sizeof count);
  return std::exchange(told_, std::nullopt);
}

std::optional<client::outcome<std::string>> background::take_level() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(level_told_, std::nullopt);
}

void background::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
}

void background::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return is_over_ || !questions_.empty() || !level_.empty(); });
    if (is_over_) return;
    const auto questions = std::exchange(questions_, {});
    const auto level = std::exchange(level_, {});
    lock.unlock();
    std::optional<answers> told;
    std::optional<client::outcome<std::string>> level_told;
    if (!level.empty()) level_told = asks_.set_level(level);
    if (!questions.empty()) told = asks_.ask(questions);
    lock.lock();
    if (told) told_ = std::move(told);
    if (level_told) level_told_ = std::move(level_told);
    is_busy_ = false;
    wake();
  }
}

}  // namespace parley::top
