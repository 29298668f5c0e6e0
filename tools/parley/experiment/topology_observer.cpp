#include "tools/parley/experiment/observers.hpp"
#include "tools/parley/topology/recorder.hpp"

namespace parley::experiment {

using client::outcome;

outcome<std::unique_ptr<topology_observer>> topology_observer::start(const observed& what,
                                                                     const std::filesystem::path& file,
                                                                     std::chrono::milliseconds every) {
  commands::operator_options as;
  as.node.url = what.nodes.front().url();
  as.token_file = what.token_file.string();
  auto cluster = topology::asked_cluster::with(as);
  if (cluster.has_error()) return cluster.error();
  auto to = topology::recording_writer::open(file, {0, 1});
  if (to.has_error()) return to.error();
  std::unique_ptr<topology_observer> made{new topology_observer};
  topology::watch_settings how;
  // The people are the experiment's own, and their ids are in people.csv.
  how.names = true;
  how.edges = 20'000;
  how.snapshot_every = every;
  made->thread_ = std::thread{[self = made.get(), how, cluster = std::move(*cluster),
                               to = std::make_shared<topology::recording_writer>(std::move(*to))]() mutable {
    topology::recorder into{std::move(*to), [self] { return self->is_over_.load(); }};
    const auto done = topology::watcher{std::move(cluster), how, into}.run();
    if (done.has_error()) self->wrong_ = done.error().message;
  }};
  return made;
}

std::string topology_observer::end() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
  return wrong_;
}

}  // namespace parley::experiment
