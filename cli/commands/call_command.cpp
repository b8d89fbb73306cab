// giro call: any method of the protocol.
#include <algorithm>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/json_text.hpp"
#include "cli/output/output.hpp"
#include "cli/submit/byte_source.hpp"
#include "cli/submit/row_request.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kParamsBytesMax = std::size_t{16} << 20;  // The longest line of the protocol.

struct CallOptions {
  std::string method;
  std::vector<std::string> params;
};

void declare_call(CLI::App& command, CallOptions& options) {
  command.add_option("METHOD", options.method, "Such as payments.get; server.info lists them")
      ->required();
  command.add_option("PARAMS", options.params,
                     "key=value: the value as JSON if it is JSON, else as text; `-` reads all "
                     "params from stdin as one JSON object");
}

bool is_json(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kNestingLookedInto;
  json::monotonic_resource memory;
  return read_json(text, options, error, &memory).has_value();
}

// Values are passed on as they were written: 1.0 stays 1.0, and the daemon says what it thinks of
// it.
Result<std::string> params_of(const std::vector<std::string>& pairs) {
  std::string out = "{";
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_failure(fmt::format("`{}` isn't key=value", pair),
                           "`giro call --help` shows how it is used.");
    }
    if (out.size() > 1) out += ',';
    append_json_string(out, std::string_view(pair).substr(0, equals));
    out += ':';
    const std::string_view value = std::string_view(pair).substr(equals + 1);
    if (is_json(value)) {
      out += value;
    } else {
      append_json_string(out, value);
    }
  }
  return out + "}";
}

Result<std::string> params_from_stdin() {
  auto input = ByteSource::open("-");
  if (!input) return std::unexpected(std::move(input).error());
  while (!input->at_end()) {
    if (input->view().size() > kParamsBytesMax) {
      return usage_failure(
          fmt::format("stdin has more than the {} bytes that a request may have", kParamsBytesMax));
    }
    if (auto filled = input->fill(); !filled) return std::unexpected(std::move(filled).error());
  }
  std::string text(input->view());
  if (!is_json(text)) return usage_failure("stdin isn't one JSON value");
  return text;
}

Result<ExitCode> run_call(Session& session, const CallOptions& options) {
  if (session.format() == Format::csv) {
    return usage_failure("what a method answers is JSON: --output csv isn't known here",
                         "The command for what you ask about writes CSV, such as `giro payments`.");
  }
  const bool from_stdin = options.params.size() == 1 && options.params.front() == "-";
  auto params = from_stdin ? params_from_stdin() : params_of(options.params);
  if (!params) return std::unexpected(std::move(params).error());
  // A request is one line; between JSON tokens a space means the same as a line end.
  std::ranges::replace_if(*params, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const auto answer = session.call_with_text(options.method, *params);
  if (!answer) return std::unexpected(answer.error());
  const std::string text = session.json() ? json_line(*answer) : pretty(*answer);
  changes_ledger(options.method) ? print_outcome(text) : print(text);
  const bool rejected =
      answer->is_object() && text_field(answer->get_object(), "status") == "rejected";
  return rejected ? ExitCode::rejected : ExitCode::ok;
}

}  // namespace

void add_call_command(CLI::App& app, Invocation& invocation) {
  add_command<CallOptions>(app, invocation, "call",
                           "Calls a method of the protocol and shows its result as JSON",
                           "  giro call payments.list reference='invoice 17' limit=10\n"
                           "  echo '{\"id\":\"world\"}' | giro call accounts.get -",
                           declare_call, run_call);
}

}  // namespace giro::cli
