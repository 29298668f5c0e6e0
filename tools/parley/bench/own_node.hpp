#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace parley::bench {

struct own_node_options {
  std::vector<std::string> arguments;  // for parleyd, after those that every run needs
  std::string cores;                   // as parse_cores reads them
  std::string postgres_cores = "all";
  std::string folder;  // where the throw-away folder is made; empty: TMPDIR or /tmp
};

/// A node for one run: the parleyd beside this program, in a folder of its own with a PostgreSQL of its
/// own, without limits of rate. Gone, with all its data, when this object is.
class own_node {
public:
  /// Returns when it serves. Throws bench_failure with the end of its log when it does not.
  explicit own_node(own_node_options options);
  ~own_node();
  own_node(const own_node&) = delete;
  own_node& operator=(const own_node&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] std::string data() const { return folder_ + "/data"; }
  /// Puts node and PostgreSQL where they belong: all cores until then, so that accounts are made quickly.
  void settle_on_cores() const;

private:
  void make_folder();
  void spawn();
  void wait_until_it_serves();
  void stop();
  [[nodiscard]] std::string log_end() const;

  own_node_options options_;
  std::string folder_;
  std::string url_;
  pid_t process_ = 0;
  pid_t postmaster_ = 0;
};

/// The command line of parleyd that every run of its own uses.
std::vector<std::string> unlimited_node_arguments();

}  // namespace parley::bench
