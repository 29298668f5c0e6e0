#include <fmt/format.h>
#include <pthread.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <caf/all.hpp>
#include <cstdio>
#include <thread>

#include "actors/contract/values/log_event.hpp"
#include "actors/inspection/inspector.hpp"
#include "actors/link/network/caf_network.hpp"
#include "actors/placement/node_actors.hpp"
#include "actors/session/gateway.hpp"
#include "config/load.hpp"
#include "persistence/account_pool.hpp"
#include "persistence/folder_lock.hpp"
#include "persistence/migrate.hpp"
#include "persistence/operator_token.hpp"
#include "persistence/postgres_cluster_registry.hpp"
#include "persistence/postgres_entry_log.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "persistence/postgres_search_index.hpp"
#include "persistence/private_postgres.hpp"
#include "tools/parleyd/certificate.hpp"
#include "tools/parleyd/data_folder.hpp"
#include "tools/parleyd/graceful_stop.hpp"
#include "tools/parleyd/log_lines.hpp"
#include "tools/parleyd/metrics.hpp"
#include "tools/parleyd/process_limits.hpp"
#include "tools/parleyd/service_manager.hpp"
#include "tools/parleyd/signals.hpp"
#include "tools/parleyd/usable_cores.hpp"
#include "tools/web/web_pages.hpp"
#include "transport/listening.hpp"
#include "transport/protocol/json_encoder.hpp"
#include "transport/server.hpp"

// The node, from its configuration to its stop; each step uses only what stands above it.

namespace {

using namespace parley;
using namespace std::chrono_literals;

enum exit_code : int { stopped = 0, failed = 1, usage = 2 };

int fail(const failure& problem) {
  tell_failure(problem.message);
  return failed;
}

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text{*each};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

template <class Id>
Id random_id() {
  Id id;
  while (!id) {
    randombytes_buf(&id.value, sizeof id.value);
    id.value &= 0x7fff'ffff'ffff'ffff;
  }
  return id;
}

/// The database: a private server unless one was given, with today's schema. Whichever it is, the data
/// folder is this process's alone (the private server sees to that itself).
struct database {
  folder_lock lock;
  std::unique_ptr<private_postgres> own;
  std::string url;
};

outcome<database> open_database(const settings& values, const data_folder& folder) {
  database opened{{}, nullptr, values.storage.url};
  if (opened.url.empty()) {
    auto started = private_postgres::start(folder.path());
    if (started.has_error()) return started.error();
    opened.own = std::move(started.value());
    opened.url = opened.own->connection_url();
  } else {
    auto lock = folder_lock::take(folder.path());
    if (lock.has_error()) return lock.error();
    opened.lock = std::move(lock.value());
  }
  if (const auto migrated = migrate(opened.url); migrated.has_error()) return migrated.error();
  return opened;
}

node_ports open_log(const settings& values, const std::string& url, incarnation_id incarnation) {
  node_ports ports;
  for (std::size_t i = 0; i < values.storage.writers; ++i)
    ports.writers.push_back(std::make_shared<postgres_entry_log>(url, values.node.name, incarnation));
  for (std::size_t i = 0; i < values.storage.readers; ++i)
    ports.readers.push_back(std::make_shared<postgres_log_queries>(url, values.node.name));
  ports.index = std::make_shared<postgres_search_index>(url, values.node.name);
  ports.registry = std::make_shared<postgres_cluster_registry>(url, values.node.name, incarnation);
  ports.codec = std::make_shared<json_encoder>();
  ports.group_members_max = values.limits.group_members;
  ports.devices_max = values.limits.devices;
  ports.request_timeout = values.limits.request_timeout;
  ports.presence_grace = values.presence.grace;
  return ports;
}

/// The way to the other nodes; none for a node alone.
outcome<std::shared_ptr<caf_network>> open_network(caf::actor_system& system, const settings& values,
                                                   incarnation_id incarnation,
                                                   std::shared_ptr<wire_events> events) {
  const auto& cluster = values.cluster;
  if (cluster.address.empty()) return std::shared_ptr<caf_network>{};
  return caf_network::open(system,
                           {incarnation,
                            values.node.name,
                            cluster.address,
                            cluster.port,
                            {cluster.tls.certificate, cluster.tls.key, cluster.tls.ca}},
                           std::move(events));
}

server_options transport_options(const settings& values, std::shared_ptr<tls_identity> tls,
                                 operator_desk& desk) {
  server_options options;
  options.address = values.listen.address;
  options.port = values.listen.port;
  options.tls = std::move(tls);
  options.origins = values.listen.origins;
  options.threads = values.threads.io != 0 ? values.threads.io : usable_cores();
  options.rules = values.limits;
  options.desk = &desk;
  options.pages = web_pages();
  return options;
}

/// What to type for `parley`: its name where it is installed, else where it lies beside this program.
std::string command_line_tool() {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto beside = own.parent_path() / "parley";
  if (failed || own.parent_path() == "/usr/bin" || !std::filesystem::exists(beside, failed)) return "parley";
  return beside.string();
}

void greet(const std::string& url, const data_folder& folder, const private_postgres* own) {
  fmt::print(
      "Parley serves at {0}\n"
      "  page:      open {0}/ in a browser\n"
      "  chat:      {1} chat --user alice --url {0}\n"
      "  data:      {2}\n",
      url, command_line_tool(), folder.path().string());
  if (own != nullptr) fmt::print("  messages:  {}\n", own->folder().string());
  std::error_code unknown;
  if (const auto token = folder.path() / "operator.token"; std::filesystem::exists(token, unknown))
    fmt::print("  actors:    {}/topology, with the operator's token in {}\n", url, token.string());
  fmt::print("  stop:      Ctrl-C, or kill {}\n", ::getpid());
  std::fflush(stdout);
}

/// Serves until a signal comes or the node cannot serve any more.
int serve(const settings& values, const std::shared_ptr<tls_identity>& tls, const data_folder& folder,
          const stop_signals& signals) {
  // Found out before a database is made for nothing.
  if (const auto free = can_listen(values.listen.address, values.listen.port); free.has_error())
    return fail(free.error());
  auto opened = open_database(values, folder);
  if (opened.has_error()) return fail(opened.error());
  const auto& url = opened.value().url;
  const auto incarnation = random_id<incarnation_id>();

  caf::actor_system_config configuration;
  configuration.set("scheduler.policy", caf::atom("sharing"));
  configuration.set("scheduler.max-throughput", std::size_t{100});
  // CAF's own default is four at the least, however few cores the process may use.
  configuration.set("scheduler.max-threads",
                    values.threads.actors != 0 ? values.threads.actors : usable_cores());
  configuration.set("logger.verbosity", caf::atom("quiet"));
  auto operator_hash =
      prepare_operator_token(url, values.node.name, values.operators.token, folder.path() / "operator.token");
  if (operator_hash.has_error()) return fail(operator_hash.error());
  // Outlives all who may still ask it something.
  inspector shows_actors{{values.node.name, incarnation, PARLEY_VERSION,
                          inspection_level_named(values.inspection.level).value_or(inspection_level::kinds),
                          operator_hash.value()}};
  auto people = std::make_shared<account_pool>(url, values.node.name);
  people->set_operator_hash(std::move(operator_hash.value()));
  caf_network::prepare(configuration);
  caf::actor_system system{configuration};
  auto ports = open_log(values, url, incarnation);
  ports.wires = std::make_shared<wire_news>();
  const auto network = open_network(system, values, incarnation, ports.wires);
  if (network.has_error()) return fail(network.error());
  ports.network = network.value();
  node_record self;
  self.name = values.node.name;
  self.incarnation = incarnation;
  self.version = PARLEY_VERSION;
  if (network.value()) self.address = network.value()->address();
  node_actors actors{system, self, std::move(ports), node_actors::blocking::own_threads};

  auto shared = std::make_shared<session_environment>();
  *shared = {actors.where(),
             std::make_shared<json_encoder>(),
             people,
             values.limits,
             values.node.name,
             [status = actors.status()] { return status->epoch(); },
             random_id<conversation_id>,
             std::make_shared<admissions>(values.limits.admissions_per_second)};
  actor_gateway gateway{system, shared, [status = actors.status()] { return status->not_ready_because(); }};
  auto options = transport_options(values, tls, *people);
  options.forwarding = actors.forwarding();
  options.topology = &shows_actors;
  options.traces = &shows_actors;
  options.metrics = [metrics = std::make_shared<const node_metrics>(PARLEY_VERSION, [&gateway] {
                       return gateway.not_ready_because().empty();
                     })] { return metrics->text(); };
  server transport{std::move(options), gateway, *people};

  const auto stop = [&](int code) {
    tell_service_manager("STOPPING=1");
    folder.withdraw();
    gateway.close();
    transport.close_listener();
    if (code == stopped) {
      const auto deadline = std::chrono::steady_clock::now() + values.cluster.drain_timeout;
      hand_shards_over(actors, deadline);
      let_sessions_go(actors, values.limits.admissions_per_second, deadline);
    }
    transport.stop(3s);
    actors.stop();
    if (network.value()) network.value()->stop();
    system.await_all_actors_done();
    log(severity::info, "stopped", "the node has stopped", {{"node", values.node.name}});
    return code;
  };
  const auto not_ready = actors.status()->wait_until_settled(std::chrono::steady_clock::now() + 30s);
  if (!not_ready.empty()) return stop(fail({errc::unavailable, not_ready, {}}));
  if (const auto started = transport.start(); started.has_error()) return stop(fail(started.error()));
  if (const auto announced = folder.announce(transport.url()); announced.has_error())
    return stop(fail(announced.error()));
  actors.listens_at(transport.url());
  greet(transport.url(), folder, opened.value().own.get());
  tell_service_manager("READY=1");
  log(severity::info, "ready", "the node serves", {{"node", values.node.name}, {"url", transport.url()}});

  if (tls && tls->has_expired())
    log(severity::warning, "certificate_expired",
        "clients will refuse the certificate: replace it and send SIGHUP",
        {{"certificate", tls->describe()}});
  bool by_signal = true;
  while (!signals.came_within(200)) {
    if (const auto why = actors.status()->fatal()) return stop(fail({errc::unavailable, *why, {}}));
    if (signals.reload_was_asked()) reload_certificates(tls.get(), network.value().get());
    if (actors.status()->drain_was_asked()) {
      log(severity::info, "drain_asked", "an operator asked the node to drain");
      by_signal = false;
      break;
    }
  }
  log(severity::info, "stopping", "the node was asked to stop", {{"node", values.node.name}});
  const second_signal ends_at_once{signals, by_signal};
  return stop(stopped);
}

/// Says whether a node could start with these settings.
int check(const settings& values, const tls_identity* tls) {
  if (can_listen(values.listen.address, values.listen.port).has_error())
    fmt::print("listen: {} port {} cannot be had now: another program has it, or this node runs\n",
               values.listen.address, values.listen.port);
  if (tls != nullptr)
    fmt::print("tls: a certificate of {}{}\n", tls->describe(),
               tls->has_expired() ? ": it has expired, and clients will refuse it" : "");
  if (values.storage.url.empty()) {
    fmt::print("configuration: good\nstorage: a private PostgreSQL in {}/postgres\n", values.node.data);
    return stopped;
  }
  postgres_log_queries log{values.storage.url, values.node.name};
  const auto report = log.describe_server();
  if (report.has_error()) return fail(report.error());
  fmt::print("configuration: good\n{}", report.value());
  return stopped;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_out_of_dumps();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto result = load_settings(arguments, environment_variables());
  for (const auto& error : result.errors) fmt::print(stderr, "parleyd: {}\n", error);
  if (!result.loaded) {
    fmt::print(stderr, "parleyd: not started; see parleyd --help\n");
    return usage;
  }
  const auto& loaded = *result.loaded;
  const auto& values = loaded.values;
  const auto asks_only = loaded.action != settings_action::run && loaded.action != settings_action::check;
  const auto tls = asks_only ? std::shared_ptr<tls_identity>{} : open_certificate(loaded);
  if (tls.has_error()) {
    fmt::print(stderr, "parleyd: {}\nparleyd: not started; see parleyd --help\n", tls.error().message);
    return usage;
  }
  switch (loaded.action) {
    case settings_action::help:
      fmt::print("{}", help_text());
      return stopped;
    case settings_action::version:
      fmt::print("parleyd {}\n", PARLEY_VERSION);
      return stopped;
    case settings_action::print:
      fmt::print("{}", print_text(loaded));
      return stopped;
    case settings_action::check:
      return check(values, tls.value().get());
    case settings_action::run:
      break;
  }
  const stop_signals signals;
  set_up_log(values.log);
  log(severity::info, "starting", "the node starts",
      {{"node", values.node.name}, {"version", PARLEY_VERSION}, {"process", std::to_string(::getpid())}});
  use_all_descriptors();
  if (sodium_init() < 0) return fail({errc::internal, "libsodium cannot be initialised", {}});
  const auto folder = data_folder::open(values.node.data);
  if (folder.has_error()) return fail(folder.error());
  try {
    return serve(values, tls.value(), folder.value(), signals);
  } catch (const std::exception& problem) {
    return fail({errc::internal, problem.what(), {}});
  }
}
