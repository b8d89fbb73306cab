// giro capture, giro void, giro reverse: what goes on with something that was decided before. Amounts are of its
// currency, and the receipt names its accounts, so it is asked for first.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// What the command is about.
struct Subject {
  std::string text;   // As it was typed: its key, or "#42".
  json::value named;  // The same, as the protocol wants it.
  json::object entry;
};

// A program that gives no amount needs nothing of it, and perhaps may not ask.
Result<Subject> ask_for(Session& session, const std::string& text, const std::string& amount) {
  Subject subject{.text = text, .named = key_or_seq(text), .entry = {}};
  if (session.json() && amount.empty()) return subject;
  const char* name = subject.named.is_string() ? "key" : "seq";
  auto entry = session.call("payments.get", {{name, subject.named}});
  if (!entry) return std::unexpected(std::move(entry).error());
  subject.entry = std::move(*entry);
  return subject;
}

// Of its first leg, where it has several: that they can't be reversed in part is the daemon's to say.
std::string currency_of(const json::object& entry) {
  const json::array& legs = array_field(entry, "legs");
  const bool several = !legs.empty() && legs.front().is_object();
  return text_field(several ? legs.front().get_object() : entry, "currency");
}

Failure no_currency(const Subject& subject) {
  const bool unknown = text_field(subject.entry, "status") == "unknown";
  return {.exit = ExitCode::rejected,
          .what = unknown ? fmt::format("nothing was ever decided under {}", subject.text)
                          : fmt::format("what {} decided is about no money", subject.text),
          .money = "Nothing was sent and no money moved.",
          .advice =
              "Look for its key in `giro account statement ID`, or name it by its seq, as "
              "in '#42'."};
}

// No text: the field isn't sent, which means all that is left.
Result<void> add_amount(Session& session, json::object& params, const Subject& subject,
                        const std::string& text) {
  if (text.empty()) return {};
  const std::string currency = currency_of(subject.entry);
  if (currency.empty()) return std::unexpected(no_currency(subject));
  const auto amount = session.parse_amount(text, currency);
  if (!amount) return std::unexpected(amount.error());
  params["amount"] = *amount;
  return {};
}

void declare_subject(CLI::App& command, std::string& text, const char* name, const char* what) {
  command.add_option(name, text, fmt::format("{}: its key, or '#42' for its seq", what))
      ->required();
}

// --- capture ---

struct CaptureOptions {
  std::string hold;
  std::string amount;
  bool final = false;
  KeyOptions key;
};

void declare_capture(CLI::App& command, CaptureOptions& options) {
  declare_subject(command, options.hold, "HOLD", "The hold");
  command.add_option("AMOUNT", options.amount, "A decimal (default: all that is left of it)");
  command.add_flag("--final", options.final, "Lets go of what is left after this");
  declare_key(command, options.key);
}

Completion from_hold(const Subject& hold, const json::object& params) {
  return [entry = hold.entry, params](json::object& outcome) {
    complete_from(outcome, params, {"hold", "amount"});
    complete_from(outcome, entry, {"from", "to", "currency"});
  };
}

Result<ExitCode> run_capture(Session& session, const CaptureOptions& options) {
  const auto hold = ask_for(session, options.hold, options.amount);
  if (!hold) return std::unexpected(hold.error());
  json::object params{{"hold", hold->named}};
  if (auto added = add_amount(session, params, *hold, options.amount); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (options.final) params["final"] = true;
  return send_keyed(session, "payments.capture", params, options.key, from_hold(*hold, params));
}

// --- void ---

struct VoidOptions {
  std::string hold;
  KeyOptions key;
};

void declare_void(CLI::App& command, VoidOptions& options) {
  declare_subject(command, options.hold, "HOLD", "The hold");
  declare_key(command, options.key);
}

Result<ExitCode> run_void(Session& session, const VoidOptions& options) {
  const auto hold = ask_for(session, options.hold, {});
  if (!hold) return std::unexpected(hold.error());
  const json::object params{{"hold", hold->named}};
  return send_keyed(session, "payments.void", params, options.key, from_hold(*hold, params));
}

// --- reverse ---

struct ReverseOptions {
  std::string original;
  std::string amount;
  KeyOptions key;
  DescriptionOptions description;
};

void declare_reverse(CLI::App& command, ReverseOptions& options) {
  declare_subject(command, options.original, "PAYMENT", "The payment or capture to pay back");
  command.add_option("AMOUNT", options.amount,
                     "A decimal (default: all of it that wasn't paid back yet)");
  declare_key(command, options.key);
  declare_description(command, options.description);
}

// The other way round.
void complete_leg(json::object& outcome, const json::object& original) {
  const json::object back{{"from", text_field(original, "to")},
                          {"to", text_field(original, "from")},
                          {"currency", text_field(original, "currency")}};
  complete_from(outcome, back, {"from", "to", "currency"});
}

// The last leg is paid back first.
void complete_legs(json::object& outcome, const json::array& originals) {
  json::value* legs = outcome.if_contains("legs");
  if (legs == nullptr || !legs->is_array() || legs->get_array().size() != originals.size()) return;
  std::size_t next = originals.size();
  for (json::value& leg : legs->get_array()) {
    const json::value& original = originals[--next];
    if (leg.is_object() && original.is_object()) {
      complete_leg(leg.get_object(), original.get_object());
      complete_from(leg.get_object(), original.get_object(), {"amount"});
    }
  }
}

Completion from_original(const Subject& original, const json::object& params) {
  return [entry = original.entry, params](json::object& outcome) {
    complete_from(outcome, params, {"original", "amount"});
    if (entry.contains("legs")) return complete_legs(outcome, array_field(entry, "legs"));
    if (entry.contains("from")) complete_leg(outcome, entry);
  };
}

Result<ExitCode> run_reverse(Session& session, const ReverseOptions& options) {
  const auto original = ask_for(session, options.original, options.amount);
  if (!original) return std::unexpected(original.error());
  json::object params{{"original", original->named}};
  if (auto added = add_amount(session, params, *original, options.amount); !added) {
    return std::unexpected(std::move(added).error());
  }
  if (auto added = add_description(params, options.description); !added) {
    return std::unexpected(std::move(added).error());
  }
  return send_keyed(session, "payments.reverse", params, options.key,
                    from_original(*original, params));
}

}  // namespace

void add_settle_commands(CLI::App& app, Invocation& invocation) {
  add_command<CaptureOptions>(
      app, invocation, "capture", "Pays what `giro hold` reserved, or a part of it",
      "  giro capture room-7 20.00 --key room-7-night-1", declare_capture, run_capture);
  add_command<VoidOptions>(app, invocation, "void",
                           "Lets go of what is left of a hold: its money is free again",
                           "  giro void room-7", declare_void, run_void);
  add_command<ReverseOptions>(
      app, invocation, "reverse", "Pays back what a payment moved, or a part of it",
      "  giro reverse inv-17 2.50 --reference 'complaint 3'", declare_reverse, run_reverse);
}

}  // namespace giro::cli
