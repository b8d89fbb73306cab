#include "cli/export/camt_export.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/import/draft.hpp"
#include "cli/iso20022/xml_text.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"
#include "cli/time/time_options.hpp"
#include "ledger/timestamp.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

// What the schema allows.
constexpr std::size_t kReferenceMax = 35;
constexpr std::size_t kIdMax = 34;
constexpr std::size_t kNameMax = 70;
constexpr std::size_t kRemittanceMax = 140;
constexpr std::size_t kInfoMax = 500;
constexpr int kDecimalsMax = 5;
constexpr std::size_t kSecondsAt = 19;  // "2026-11-23T09:00:00", of which a time has nanoseconds.

std::string seconds_of(const std::string& time) {
  return time.substr(0, kSecondsAt) + "Z";
}

std::string account_id(const std::string& id) {
  if (is_iban(id)) return xml_element("IBAN", id);
  std::string other = id;
  if (other.size() > kIdMax) {
    // The beginning, and a fingerprint of the whole; Nm has it as it is.
    constexpr std::size_t kKept = 17;
    other = id.substr(0, kKept) + "~" + *DerivedKeys("").key_of(id);
    other.resize(kIdMax);
  }
  return "<Othr>" + xml_element("Id", other) + "</Othr>";
}

std::string party_account(const char* name, const std::string& id) {
  return fmt::format("<{0}><Id>{1}</Id></{0}>", name, account_id(id));
}

std::string first_piece(const std::string& text, std::size_t characters) {
  const auto pieces = pieces_of(text, characters);
  return pieces.empty() ? std::string() : pieces.front();
}

class CamtWriter {
 public:
  CamtWriter(Session& session, const Snapshot& snapshot, const CamtScope& scope)
      : session_(session), snapshot_(snapshot), scope_(scope) {}

  Result<void> run() {
    // What is asked for by a wrong name is no half of a document.
    for (const std::string& id : scope_.accounts) {
      if (auto known = session_.call("accounts.get", {{"id", id}}); !known) {
        return std::unexpected(std::move(known).error());
      }
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    made_at_ = seconds_of(
        format_rfc3339({.ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()}));
    print(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">\n<BkToCstmrStmt>\n");
    print(fmt::format("<GrpHdr><MsgId>giro-{}</MsgId><CreDtTm>{}</CreDtTm></GrpHdr>\n",
                      snapshot_.seq, made_at_));
    auto done = scope_.accounts.empty() ? write_all() : write_named();
    if (!done) return done;
    print("</BkToCstmrStmt>\n</Document>\n");
    if (left_out_ > 0) {
      note(
          fmt::format("Accounts left out, because camt.053 has no such currency (three letters, "
                      "at most {} decimals): {}.\n",
                      kDecimalsMax, left_out_));
    }
    return {};
  }

 private:
  Result<void> write_all() {
    return for_each_account(session_, snapshot_, [this](const json::object& account) {
      return write_statement(text_field(account, "id"));
    });
  }

  Result<void> write_named() {
    for (const std::string& id : scope_.accounts) {
      if (auto written = write_statement(id); !written) return written;
    }
    return {};
  }

  Result<void> write_statement(const std::string& id) {
    json::object params{{"id", id}, {"to", snapshot_.at}};
    if (!scope_.from.empty()) {
      const auto from = moment_of(scope_.from, TimeMeans::first, "from");
      if (!from) return std::unexpected(from.error());
      params["from"] = from->value;
    }
    bool fits = true;
    auto done = for_each_line(
        session_, std::move(params),
        [&](const json::object& page) {
          fits = has_room(page);
          if (fits) begin_statement(page);
          return Result<void>();
        },
        [&](const json::object& line) {
          if (fits && number_field(line, "amount").value_or(0) != 0) write_entry(line);
          return Result<void>();
        });
    if (!done) return done;
    if (fits) {
      print("</Stmt>\n");
    } else {
      ++left_out_;
    }
    return {};
  }

  [[nodiscard]] static bool has_room(const json::object& page) {
    const std::string currency = text_field(page, "currency");
    return currency.size() == 3 && scale_field(page) <= kDecimalsMax &&
           std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  }

  void begin_statement(const json::object& page) {
    scale_ = scale_field(page);
    currency_ = text_field(page, "currency");
    const std::string id = text_field(page, "id");
    print(fmt::format("<Stmt>\n<Id>giro-{}-{}</Id><CreDtTm>{}</CreDtTm>\n", snapshot_.seq,
                      ++statements_, made_at_));
    print(fmt::format("<Acct><Id>{}</Id><Ccy>{}</Ccy>{}</Acct>\n", account_id(id), currency_,
                      xml_element("Nm", first_piece(id, kNameMax))));
    write_balance("OPBD", number_field(page, "opening_balance").value_or(0), first_day(page));
    write_balance("CLBD", number_field(page, "closing_balance").value_or(0), last_day());
  }

  // Of the range; where it is open, of its first line.
  [[nodiscard]] std::string first_day(const json::object& page) const {
    std::string day = scope_.from.substr(0, kDateBytes);
    if (parse_date(day)) return day;
    const json::array& lines = array_field(page, "lines");
    if (lines.empty() || !lines.front().is_object()) return last_day();
    return text_field(lines.front().get_object(), "at").substr(0, kDateBytes);
  }
  [[nodiscard]] std::string last_day() const {
    const std::string at =
        snapshot_.at.is_string() ? std::string(snapshot_.at.get_string()) : made_at_;
    return at.substr(0, kDateBytes);
  }

  [[nodiscard]] std::string amount_and_side(Int128 amount) const {
    return fmt::format("<Amt Ccy=\"{}\">{}</Amt><CdtDbtInd>{}</CdtDbtInd>", currency_,
                       format_decimal(amount < 0 ? -amount : amount, scale_),
                       amount < 0 ? "DBIT" : "CRDT");
  }

  void write_balance(const char* type, Amount amount, const std::string& day) {
    print(
        fmt::format("<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp>{}<Dt><Dt>{}</Dt></Dt>"
                    "</Bal>\n",
                    type, amount_and_side(amount), day));
  }

  void write_entry(const json::object& line) {
    const Amount amount = number_field(line, "amount").value_or(0);
    const std::string at = text_field(line, "at");
    const std::string day = text_field(line, "effective_date");
    std::string reference = shown_field(line, "seq");
    if (line.contains("leg")) reference += "." + shown_field(line, "leg");
    std::string text = fmt::format(
        "<Ntry>{}<Sts>BOOK</Sts><BookgDt><DtTm>{}</DtTm></BookgDt><ValDt><Dt>{}</Dt></ValDt>{}"
        "<BkTxCd><Prtry><Cd>{}</Cd></Prtry></BkTxCd>\n",
        amount_and_side(amount), seconds_of(at), day.empty() ? at.substr(0, kDateBytes) : day,
        xml_element("AcctSvcrRef", reference), xml_text(text_field(line, "type")));
    text += details(line, amount > 0);
    print(text + "</Ntry>\n");
  }

  [[nodiscard]] static std::string details(const json::object& line, bool in) {
    const std::string key = text_field(line, "key");
    const bool short_key = characters_of(key) <= kReferenceMax;
    std::string text = "<NtryDtls><TxDtls><Refs>" +
                       xml_element("EndToEndId", short_key ? key : "NOTPROVIDED") + "</Refs>";
    if (const std::string other = text_field(line, "counterparty"); !other.empty()) {
      text += "<RltdPties>" + party_account(in ? "DbtrAcct" : "CdtrAcct", other) + "</RltdPties>";
    }
    const std::string reference = text_field(line, "reference");
    const std::string description = text_field(line, "description");
    std::string words;
    if (!reference.empty()) words += xml_element("Ustrd", first_piece(reference, kRemittanceMax));
    for (const std::string& piece : pieces_of(description, kRemittanceMax)) {
      words += xml_element("Ustrd", piece);
    }
    if (!words.empty()) text += "<RmtInf>" + words + "</RmtInf>";
    if (!short_key) text += xml_element("AddtlTxInf", first_piece("key " + key, kInfoMax));
    return text + "</TxDtls></NtryDtls>";
  }

  Session& session_;
  const Snapshot& snapshot_;
  const CamtScope& scope_;
  std::string made_at_;
  std::string currency_;
  int scale_ = 0;
  std::uint64_t statements_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace

Result<void> export_camt(Session& session, const Snapshot& snapshot, const CamtScope& scope) {
  return CamtWriter(session, snapshot, scope).run();
}

}  // namespace giro::cli
