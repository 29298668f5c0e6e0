#include "tools/parley/bench/own_node.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/clock.hpp"
#include "tools/parley/bench/processes.hpp"
#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

namespace fs = std::filesystem;

namespace {

constexpr nanoseconds start_within = 60 * second_ns;
constexpr nanoseconds stop_within = 25 * second_ns;
constexpr int look_again_ms = 10;
constexpr std::size_t log_lines_shown = 15;

/// Between two looks at what announces itself in no other way.
void pause() { ::poll(nullptr, 0, look_again_ms); }

fs::path node_program() {
  std::error_code problem;
  const auto own = fs::read_symlink("/proc/self/exe", problem);
  auto program = own.parent_path() / "parleyd";
  if (problem || ::access(program.c_str(), X_OK) != 0)
    throw bench_failure{"there is no parleyd beside this program (" + program.string() +
                            "): build it, or name a running node with --url",
                        exit_status::usage};
  return program;
}

std::string first_word(const std::string& file) {
  std::ifstream in{file};
  std::string word;
  in >> word;
  return word;
}

}  // namespace

std::vector<std::string> unlimited_node_arguments() {
  return {"--listen.port=0",
          "--limits.sends_per_second=0",
          "--limits.accounts_per_minute=0",
          "--limits.sign_ins_per_minute=0",
          "--limits.admissions_per_second=0",
          "--limits.devices=0"};
}

own_node::own_node(own_node_options options) : options_(std::move(options)) {
  make_folder();
  try {
    spawn();
    wait_until_it_serves();
  } catch (...) {
    stop();
    throw;
  }
}

own_node::~own_node() { stop(); }

void own_node::make_folder() {
  const char* temporary = std::getenv("TMPDIR");
  auto base = options_.folder;
  if (base.empty()) base = temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
  folder_ = base + "/parley-bench-XXXXXX";
  if (::mkdtemp(folder_.data()) == nullptr) {
    const auto why = fmt::format("cannot make a folder in {}: {}", base, std::strerror(errno));
    folder_.clear();
    throw bench_failure{why};
  }
  // The PostgreSQL of a node that runs as root is the user postgres, who has to get in.
  ::chmod(folder_.c_str(), 0755);
}

void own_node::spawn() {
  std::vector<std::string> command{node_program().string(), "--node.data=" + data()};
  for (auto& each : unlimited_node_arguments()) command.push_back(std::move(each));
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<char*> arguments;
  for (auto& each : command) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  const auto log = folder_ + "/log";
  const auto cores = core_set(parse_cores(options_.cores));
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child < 0) throw bench_failure{fmt::format("cannot start parleyd: {}", std::strerror(errno))};
  if (child == 0) {
    // A group of its own: Ctrl-C is for us, who still want to measure and then stop it in order.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    // Set before it starts, so that it makes as many threads as it will have cores.
    ::sched_setaffinity(0, sizeof cores, &cores);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  process_ = child;
}

void own_node::wait_until_it_serves() {
  const auto deadline = now_ns() + start_within;
  while (first_word(data() + "/parleyd.pid") != std::to_string(process_) ||
         !first_word(data() + "/address").starts_with("http")) {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = 0;
      throw bench_failure{"the node ended instead of serving; the end of its log:\n" + log_end()};
    }
    if (stop_request::came()) throw bench_failure{"interrupted while the node was starting"};
    if (now_ns() > deadline)
      throw bench_failure{fmt::format("the node does not serve after {} s; the end of its log:\n{}",
                                      start_within / second_ns, log_end())};
    pause();
  }
  url_ = first_word(data() + "/address");
  postmaster_ = node_processes{process_}.postmaster();
  run_on(process_, {});
  run_on(postmaster_, {});
  for (const auto child : children_of(postmaster_)) run_on(child, {});
}

void own_node::settle_on_cores() const {
  run_on(process_, parse_cores(options_.cores));
  const auto cores = parse_cores(options_.postgres_cores);
  run_on(postmaster_, cores);
  for (const auto child : children_of(postmaster_)) run_on(child, cores);
}

void own_node::stop() {
  auto deadline = now_ns() + stop_within;
  if (process_ > 0) {
    int status = 0;
    ::kill(process_, SIGTERM);
    while (::waitpid(process_, &status, WNOHANG) == 0) {
      if (now_ns() > deadline) ::kill(process_, SIGKILL);
      pause();
    }
    if (status != 0) fmt::print(stderr, "the node did not end well; the end of its log:\n{}", log_end());
  }
  deadline = now_ns() + stop_within;
  while (postmaster_ > 0 && is_alive(postmaster_)) {
    if (now_ns() > deadline) {
      // The node went without it: what it still holds is about to be removed.
      ::kill(postmaster_, SIGQUIT);
      break;
    }
    pause();
  }
  process_ = 0;
  postmaster_ = 0;
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string own_node::log_end() const {
  std::ifstream in{folder_ + "/log"};
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back("  " + line + "\n");
    if (lines.size() > log_lines_shown) lines.pop_front();
  }
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

}  // namespace parley::bench
