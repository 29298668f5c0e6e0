#include "tools/parley/bench/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/machine.hpp"

namespace parley::bench {

namespace {

client::endpoint endpoint_of(const std::string& url) {
  const auto parsed = client::parse_endpoint(url);
  if (parsed.has_error()) throw bench_failure{parsed.error().message, exit_status::usage};
  if (parsed->is_tls)
    throw bench_failure{"bench speaks plainly: give the address of a node without TLS", exit_status::usage};
  return *parsed;
}

constexpr double generator_busy_percent = 97;
constexpr double others_busy_percent = 25;

std::string name_of(const std::string& cores) { return cores.empty() ? "all" : cores; }

/// What was used in a window, for each of what came of it; nothing when it is unknown or there was nothing.
std::optional<double> each(std::optional<double> begin, std::optional<double> end, std::uint64_t count) {
  if (!begin || !end || count == 0) return {};
  return (*end - *begin) / static_cast<double>(count);
}

std::optional<double> percent_of_core(std::optional<double> begin, std::optional<double> end,
                                      double seconds) {
  if (!begin || !end) return {};
  return (*end - *begin) / seconds / 1e4;
}

/// What neither node nor PostgreSQL nor generator has used. The kernel works for them in its own name too.
std::optional<double> used_by_others(const cpu_times& begin, const cpu_times& end, double seconds) {
  if (!begin.node || !end.node || !begin.machine || !end.machine) return {};
  const auto ours = [](const cpu_times& times) {
    return *times.node + times.postgres.value_or(0) + times.generator;
  };
  const auto others = (*end.machine - *begin.machine) - (ours(end) - ours(begin));
  return std::max(0.0, others / seconds / 1e4);
}

}  // namespace

run::run(const node_options& options, std::string mode, std::vector<std::string> arguments)
    : options_(options) {
  raise_file_limit();
  arguments.insert(arguments.end(), options.node_arguments.begin(), options.node_arguments.end());
  std::vector<node_address> nodes;
  if (options.urls.empty()) {
    fmt::print(stderr, "starting a node with a PostgreSQL of its own\n");
    own_ = std::make_unique<own_node>(
        own_node_options{arguments, options.node_cores, options.postgres_cores, options.folder});
    endpoint_ = endpoint_of(own_->url());
    processes_ = node_processes{own_->process()};
  } else {
    endpoint_ = endpoint_of(options.urls.front());
    for (auto each = options.urls.begin() + 1; each != options.urls.end(); ++each)
      nodes.push_back(node_address::of(endpoint_of(*each)));
    if (!options.data.empty()) processes_ = node_processes::in_data_folder(options.data.front());
    for (std::size_t i = 1; i < options.data.size(); ++i)
      processes_.add_node(node_processes::in_data_folder(options.data[i]).node());
  }
  nodes.insert(nodes.begin(), node_address::of(endpoint_));
  describe_surroundings(mode, arguments);
  loop_ = std::make_unique<connection_loop>(std::move(nodes));
  sessions_ = std::make_unique<sessions>(*loop_);
}

std::vector<client::signed_in_user> run::people(std::size_t count) {
  fmt::print(stderr, "making {} accounts\n", count);
  auto made = make_people(endpoint_, count);
  if (own_) own_->settle_on_cores();
  run_on(::getpid(), parse_cores(options_.generator_cores));
  return made;
}

std::string run::make_group(const std::vector<client::signed_in_user>& people) {
  std::vector<std::string> members;
  for (auto each = people.begin() + 1; each != people.end(); ++each)
    members.push_back(fmt::format("\"{}\"", each->id));
  const auto reply = client::parse_json(sessions_->call(
      0, "create_group",
      fmt::format(R"({{"key":"bench","name":"bench","members":[{}]}})", fmt::join(members, ","))));
  return reply ? client::text_of(client::object_in(*reply), "conversation") : std::string{};
}

std::uint64_t run::limit(std::string_view name) const {
  const auto limits = client::parse_json(sessions_->limits());
  return limits ? client::number_of(client::object_in(*limits), name) : 0;
}

load_result run::send(load_plan plan) {
  fmt::print(stderr, "sending: {:g} s to warm up, {:g} s measured\n", static_cast<double>(plan.warm_up) / 1e9,
             static_cast<double>(plan.measured) / 1e9);
  message_load load{*sessions_, std::move(plan)};
  load.on_window_begin = [this] { cpu_begin_ = processes_.sample(); };
  load.on_window_end = [this] { cpu_end_ = processes_.sample(); };
  return load.run();
}

void run::describe_surroundings(const std::string& mode, const std::vector<std::string>& arguments) {
  const auto found = this_machine();
  const auto memory = static_cast<double>(found.memory_bytes) / (1U << 30U);
  report_.heading(fmt::format("parley bench {} (version {})", mode, PARLEY_VERSION));
  report_.value("mode", client::json::value(mode));
  report_.value("version", PARLEY_VERSION);
  report_.value("machine.cores", found.cores);
  report_.value("machine.processor", client::json::value(found.processor));
  report_.value("machine.memory_bytes", found.memory_bytes);
  report_.text("machine.kernel", "machine", found.kernel);
  report_.remark(fmt::format("  {} cores, {}, {:.1f} GiB of memory", found.cores, found.processor, memory));
  if (!own_) {
    report_.text("settings.url", "node",
                 fmt::format("{}, which {} running", fmt::join(options_.urls, " and "),
                             options_.urls.size() == 1 ? "was" : "were"));
    return;
  }
  report_.text("settings.parleyd", "parleyd",
               fmt::format("{} {}", fmt::join(unlimited_node_arguments(), " "), fmt::join(arguments, " ")));
  report_.text("settings.cores", "cores",
               fmt::format("node {}, PostgreSQL {}, generator {}", name_of(options_.node_cores),
                           name_of(options_.postgres_cores), name_of(options_.generator_cores)));
  const auto flush = flush_us(own_->data());
  report_.number("machine.flush_us", "disk", flush < 0 ? std::nullopt : std::optional{flush}, 0,
                 "us to make 8 KiB durable (fdatasync)");
}

void run::describe(const load_result& result, std::size_t deliveries_per_message) {
  const auto& begin = result.window_begin;
  const auto& end = result.window_end;
  const auto seconds = static_cast<double>(end.at - begin.at) / 1e9;
  const auto messages = end.acknowledged - begin.acknowledged;
  const auto deliveries = end.deliveries - begin.deliveries;
  const auto rate = [seconds](std::uint64_t count) { return static_cast<double>(count) / seconds; };
  report_.value("totals.messages", result.total.acknowledged);
  report_.value("totals.sent", result.total.sent);
  report_.value("totals.deliveries", result.total.deliveries);
  report_.value("totals.deliveries_per_message", deliveries_per_message);
  report_.value("checks.violations", result.wrong.count());
  report_.value("checks.first", client::json::value(client::json::array(result.wrong.first().begin(),
                                                                        result.wrong.first().end())));
  report_.value("interrupted", result.interrupted);
  report_.value("measured", result.measured);
  if (result.measured) {
    report_.heading(fmt::format("in {:.1f} s", seconds));
    report_.value("window.seconds", seconds);
    report_.value("window.messages", messages);
    report_.value("window.deliveries", deliveries);
    report_.number("window.messages_per_second", "messages", rate(messages), 0, "/s, acknowledged");
    report_.number("window.deliveries_per_second", "deliveries", rate(deliveries), 0,
                   "/s, parsed and checked");
    report_.latency("latency.acknowledgement", "acknowledged", result.acknowledgement);
    report_.latency("latency.delivery", "delivered", result.delivery);
    describe_cpu(result);
  } else {
    report_.remark("interrupted before the measured window began: no figures");
  }
  for (const auto& what : result.wrong.first()) report_.remark("WRONG: " + what);
  report_.remark(
      result.wrong.count() == 0
          ? fmt::format("checked: {} messages, {} deliveries; order kept, no hole, none twice",
                        result.total.acknowledged, result.total.deliveries)
          : fmt::format("{} violations: the figures above are worth nothing", result.wrong.count()));
}

void run::describe_cpu(const load_result& result) {
  const auto& begin = result.window_begin;
  const auto& end = result.window_end;
  const auto seconds = static_cast<double>(end.at - begin.at) / 1e9;
  const auto messages = end.acknowledged - begin.acknowledged;
  const auto deliveries = end.deliveries - begin.deliveries;
  report_.heading("processor time");
  report_.number("cpu.node_us_per_delivery", "node, a delivery",
                 each(cpu_begin_.node, cpu_end_.node, deliveries), 3, "us");
  report_.number("cpu.node_us_per_message", "node, a message", each(cpu_begin_.node, cpu_end_.node, messages),
                 1, "us");
  report_.number("cpu.postgres_us_per_message", "PostgreSQL, a message",
                 each(cpu_begin_.postgres, cpu_end_.postgres, messages), 1, "us");
  report_.number("cpu.node_percent", "node", percent_of_core(cpu_begin_.node, cpu_end_.node, seconds), 0,
                 "% of a core");
  report_.number("cpu.postgres_percent", "PostgreSQL",
                 percent_of_core(cpu_begin_.postgres, cpu_end_.postgres, seconds), 0, "% of a core");
  const auto generator = percent_of_core(cpu_begin_.generator, cpu_end_.generator, seconds);
  report_.number("cpu.generator_percent", "generator", generator, 0, "% of a core");
  const auto others = used_by_others(cpu_begin_, cpu_end_, seconds);
  report_.number("cpu.others_percent", "everything else", others, 0, "% of a core");
  const auto reads = end.reads - begin.reads;
  report_.number("window.messages_per_read", "carried by one read",
                 reads == 0
                     ? std::nullopt
                     : std::optional{static_cast<double>(deliveries + messages) / static_cast<double>(reads)},
                 1, "frames");
  if (generator && *generator > generator_busy_percent)
    report_.remark("the generator was busy all the time: the node may be able to do more than this");
  if (others && *others > others_busy_percent)
    report_.remark("the machine had other things to do: rates and latencies are not the node's alone");
}

int run::finish(bool good) {
  // The node first: what is printed last is what people look for.
  const auto text = options_.json ? report_.json() + "\n" : report_.table();
  loop_->close_all();
  own_.reset();
  fmt::print("{}", text);
  std::fflush(stdout);
  return static_cast<int>(good ? exit_status::done : exit_status::failed);
}

}  // namespace parley::bench
