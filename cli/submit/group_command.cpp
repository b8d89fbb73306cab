// giro group: the rows of a file, all or none.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/keyed_request.hpp"
#include "cli/output/answers.hpp"
#include "cli/output/entry_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/output/table.hpp"
#include "cli/submit/group_rows.hpp"
#include "cli/submit/row_input.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kWholeOrNot = "A group is sent as a whole or not at all: mend the file.";

struct GroupOptions {
  RowInput rows;
  bool dry_run = false;
};

void declare_group(CLI::App& command, GroupOptions& options) {
  declare_rows(command, options.rows, "The members of the group, 1 to 1000 rows");
  command.add_flag("--dry-run", options.dry_run, "Decides, but keeps nothing and uses up no key");
}

// --- what is sent ---

Result<std::vector<Row>> read_members(Rows& source, const std::string& file) {
  std::vector<Row> members;
  for (;;) {
    auto next = source.next(true);
    if (!next) return std::unexpected(std::move(next).error());
    if (std::holds_alternative<NoRow>(*next)) break;
    if (const auto* bad = std::get_if<BadRow>(&*next)) {
      return usage_failure(fmt::format("line {}: {}", bad->line, bad->what),
                           std::string(kWholeOrNot));
    }
    members.push_back(std::get<Row>(std::move(*next)));
    if (members.size() <= kMembersMax) continue;
    return usage_failure(
        fmt::format("line {}: a group has at most {} members", members.back().line, kMembersMax),
        "What needn't be decided together goes with `giro submit`, a file of any length.");
  }
  if (!members.empty()) return members;
  return usage_failure(fmt::format("{} has no row", file == "-" ? "stdin" : file),
                       "A group has at least one member.");
}

// The line of the member that a refusal names: "line 4: "; empty: it names none.
std::string line_of_member(std::string_view what, const std::vector<Row>& members) {
  constexpr std::string_view kNamed = "members[";
  const std::size_t found = what.find(kNamed);
  if (found == std::string_view::npos) return {};
  std::size_t index = members.size();
  std::from_chars(what.data() + found + kNamed.size(), what.data() + what.size(), index);
  return index < members.size() ? fmt::format("line {}: ", members[index].line) : std::string();
}

Failure refused(Failure failure, const std::vector<Row>& members) {
  failure.what.insert(0, line_of_member(failure.what, members));
  if (failure.exit == ExitCode::try_again) {
    failure.advice = "Send the same group again: if it was decided, that is the answer.";
  }
  return failure;
}

// --- what came of it ---

// "#25 to #27"; empty: no entry was made for it.
std::string seqs_of(const json::object& group) {
  const auto first = number_field(group, "first_seq");
  const auto last = number_field(group, "last_seq");
  if (!first || !last) return {};
  return *first == *last ? fmt::format("#{}", *first) : fmt::format("#{} to #{}", *first, *last);
}

Cell member_outcome(const json::object& member, bool replayed_group) {
  Cell cell = outcome_cell(member);
  // An account that is there already is no part of what the group did.
  if (!replayed_group && true_field(member, "replayed")) cell.text += ", before";
  return cell;
}

std::string members_table(const json::object& group, const std::vector<Row>& rows,
                          const Look& look) {
  Table table({{"MEMBER", Align::right},
               {"LINE", Align::right},
               {"METHOD"},
               {"KEY", Align::left, 0, Cut::text},
               {"OUTCOME"},
               {"SEQ", Align::right}});
  const json::array& members = array_field(group, "members");
  for (std::size_t i = 0; i < std::min(members.size(), rows.size()); ++i) {
    if (!members[i].is_object()) continue;
    const json::object& member = members[i].get_object();
    const std::string key = text_field(member, "key");
    const std::string& method = rows[i].request.method;
    table.add({std::to_string(i), std::to_string(rows[i].line),
               method.empty() ? "payments.submit" : method,
               key.empty() ? text_field(member, "id") : key,
               member_outcome(member, true_field(group, "replayed")), shown_field(member, "seq")});
  }
  return table.render(look);
}

std::string applied_words(const json::object& group, const std::vector<Row>& rows) {
  const std::string all =
      rows.size() == 1 ? "Its one member" : fmt::format("All {} members", rows.size());
  if (true_field(group, "dry_run")) {
    return all + " would be applied, as a whole. A dry run: nothing was kept.";
  }
  const std::string seqs = seqs_of(group);
  const std::string where = seqs.empty() ? "" : fmt::format(" ({})", seqs);
  if (!true_field(group, "replayed")) {
    return fmt::format("{} {} applied, as a whole{}.", all, rows.size() == 1 ? "is" : "are", where);
  }
  return fmt::format("{} {} applied, as a whole{}. That was decided before; nothing happened now.",
                     all, rows.size() == 1 ? "was" : "were", where);
}

// "member 1 (line 3, key g-4) rejected: insufficient_funds. The paying account has less ..."
std::string failed_words(const json::object& member, std::size_t index, std::uint64_t line) {
  const std::string key = text_field(member, "key");
  // What its rule says to do is for a request by itself.
  const std::string rule = outcome_advice(member);
  return fmt::format("member {} (line {}{}) {}. {}", index, line, key.empty() ? "" : ", key " + key,
                     outcome_cell(member).text, rule.substr(0, rule.find(". ") + 1));
}

std::string rejected_words(const json::object& group, const std::vector<Row>& rows) {
  const json::array& members = array_field(group, "members");
  const auto index = static_cast<std::size_t>(number_field(group, "failed").value_or(-1));
  const bool known = index < std::min(members.size(), rows.size()) && members[index].is_object();
  const json::object member = known ? members[index].get_object() : json::object{};
  std::string text = "Nothing is applied: " + (known ? failed_words(member, index, rows[index].line)
                                                     : "one of its members failed.");
  if (true_field(group, "dry_run")) return text + " A dry run: nothing was kept.";
  if (true_field(group, "replayed")) text += " That was decided before, and stands.";
  text += " See to that, then send the group under new keys";
  const std::string seq = shown_field(member, "seq");
  return text + (seq.empty() ? "." : fmt::format("; `giro explain '#{}'` says more.", seq));
}

std::string group_report(const json::object& group, const std::vector<Row>& rows,
                         const Look& look) {
  const bool applied = is_decided_for(group);
  return members_table(group, rows, look) + "\n" +
         (applied ? applied_words(group, rows) : rejected_words(group, rows)) + "\n";
}

constexpr auto kMemberColumns = std::to_array<std::string_view>(
    {"index", "line", "method", "key", "id", "status", "code", "seq"});

// A row a member in CSV; in JSON the group is one answer.
std::string shown_group(Session& session, const json::object& group, const std::vector<Row>& rows) {
  if (session.format() == Format::table) return group_report(group, rows, session.look());
  if (session.format() != Format::csv) return json_line(group);
  RowWriter writer(session, kMemberColumns);
  std::string out;
  const json::array& members = array_field(group, "members");
  for (std::size_t i = 0; i < std::min(members.size(), rows.size()); ++i) {
    if (!members[i].is_object()) continue;
    json::object member = members[i].get_object();
    member["index"] = i;
    member["line"] = rows[i].line;
    member["method"] = rows[i].request.method.empty() ? "payments.submit" : rows[i].request.method;
    out += writer.row(std::move(member));
  }
  return out + writer.end();
}

Result<ExitCode> run_group(Session& session, const GroupOptions& options) {
  auto source = open_rows(session, options.rows);
  if (!source) return std::unexpected(std::move(source).error());
  return send_as_group(session, *source, options.rows.file, options.dry_run);
}

}  // namespace

std::string group_params(std::span<const Row> rows, bool dry_run) {
  std::string text = R"({"members":[)";
  for (const Row& row : rows) {
    append_for_group(text, row.request);
    text += ',';
  }
  text.back() = ']';
  return text += dry_run ? R"(,"dry_run":true})" : "}";
}

Result<ExitCode> send_as_group(Session& session, Rows& source, const std::string& file,
                               bool dry_run) {
  const auto members = read_members(source, file);
  if (!members) return std::unexpected(members.error());
  const auto answer =
      session.call_with_text("payments.submit_group", group_params(*members, dry_run));
  if (!answer) return std::unexpected(refused(answer.error(), *members));
  const json::object& group = answer->is_object() ? answer->get_object() : json::object{};
  print_outcome(shown_group(session, group, *members));
  return exit_code_of_outcome(group);
}

void add_group_command(CLI::App& app, Invocation& invocation) {
  add_command<GroupOptions>(
      app, invocation, "group",
      "Submits the rows of a file as one group: all of them are applied, or none.\n\n"
      "FILE is what `giro submit` takes, CSV or NDJSON, with rows of any method, 1 to 1000 of "
      "them, "
      "each with its key. They are decided in their order, and each sees what those before it did: "
      "a row may pay from an account that one before it opens, or capture a hold that one makes. "
      "If one fails, every one is rejected, for good under its key. The same file again is "
      "answered with what it decided. A row that is wrong is named by its line, and nothing is "
      "sent. Exit code: 0 applied, now or before, 1 rejected, 64 when a row is wrong, 75 when the "
      "daemon was lost: send the same file again",
      "  printf 'key,from,to,amount,currency\\ng-1,customers:ada,shop:sales,12.50,EUR\\n"
      "g-2,shop:sales,shop:tax,2.08,EUR\\n' > order.csv\n"
      "  giro group order.csv --dry-run && giro group order.csv",
      declare_group, run_group);
}

}  // namespace giro::cli
