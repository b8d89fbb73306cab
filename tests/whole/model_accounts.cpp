// Accounts and books.
#include "tests/whole/model.hpp"

namespace giro::test {

bool WholeModel::is_there_already(const Operation& operation) const {
  if (operation.method != Method::open) return false;
  const AccountNumber number = find(operation.id);
  return number != 0 && is_same(standing_.accounts[number - 1].opened, operation);
}

void WholeModel::open(const Operation& operation, Record& record) {
  if (const AccountNumber number = find(operation.id); number != 0) {
    const Operation& opened = account(number).opened;
    record.seen.from = number;
    if (opened.currency != operation.currency || opened.scale != operation.scale) {
      record.code = Rejection::account_exists_with_different_currency;
    } else if (opened.floor != operation.floor) {
      record.code = Rejection::account_exists_with_different_floor;
    } else if (opened.ceiling != operation.ceiling) {
      record.code = Rejection::account_exists_with_different_ceiling;
    } else {
      record.code = Rejection::account_exists_with_different_metadata;
    }
    return;
  }
  for (const WholeAccount& other : standing_.accounts) {
    if (other.opened.currency == operation.currency && other.opened.scale != operation.scale) {
      record.code = Rejection::currency_mismatch;
      return;
    }
  }
  WholeAccount& made = standing_.accounts.emplace_back();
  made.opened = operation;
  made.floor = *operation.floor;
  made.ceiling = *operation.ceiling;
  made.metadata = operation.metadata.value_or("");
}

Rejection WholeModel::why_not_change(const Operation& operation, AccountNumber number) const {
  if (number == 0) return Rejection::account_unknown;
  const WholeAccount& changed = standing_.accounts[number - 1];
  if (operation.method != Method::reopen && changed.closed) return Rejection::account_closed;
  if (operation.method == Method::reopen && !changed.closed) return Rejection::account_not_closed;
  if (operation.method == Method::close) {
    if (changed.balance() != 0) return Rejection::account_not_empty;
    if (changed.held_in != 0 || changed.held_out != 0) return Rejection::account_has_holds;
  }
  if (operation.if_version && *operation.if_version != changed.version) {
    return Rejection::precondition_version;
  }
  return Rejection::none;
}

void WholeModel::change(const Operation& operation, Record& record) {
  const AccountNumber number = find(operation.id);
  Posting posting = see(number, 0);
  record.code = why_not_change(operation, number);
  if (record.code != Rejection::none) {
    record.seen = posting;
    return;
  }
  WholeAccount& changed = account(number);
  ++changed.version;
  posting.from_prev = changed.last_seq;
  changed.last_seq = record.seq;
  record.moved = {posting};
  if (operation.method == Method::update) {
    set_terms(operation, changed, record.at);
  } else {
    changed.closed = operation.method == Method::close;
  }
}

void WholeModel::set_terms(const Operation& operation, WholeAccount& changed, Timestamp at) {
  if (operation.floor) changed.floor = *operation.floor;
  if (operation.ceiling) changed.ceiling = *operation.ceiling;
  if (operation.frozen) changed.frozen = *operation.frozen;
  if (operation.metadata) changed.metadata = *operation.metadata;
  if (operation.alerts) changed.alerts = *operation.alerts;
  if (!operation.limits) return;
  std::vector<ModelLimit> limits;
  for (const VelocityLimit& terms : *operation.limits) {
    ModelLimit limit{.terms = terms, .since = at};
    for (const ModelLimit& before : changed.limits) {
      if (before.terms.window_ns != terms.window_ns) continue;
      // A limit that gets an amount, and had none, begins to count.
      if (before.terms.amount || !terms.amount) limit.since = before.since;
    }
    limits.push_back(limit);
  }
  changed.limits = limits;
}

void WholeModel::close_books(const Operation& operation, Record& record) {
  if (standing_.closed_until && *operation.day <= *standing_.closed_until) {
    record.code = Rejection::books_closed;
  } else if (*operation.day >= date_of(record.at)) {
    record.code = Rejection::books_not_over;
  } else {
    standing_.closed_until = operation.day;
  }
}

void WholeModel::open_books(const Operation& operation, Record& record) {
  const bool opens_some =
      standing_.closed_until && (!operation.day || *operation.day < *standing_.closed_until);
  if (opens_some) {
    standing_.closed_until = operation.day;
  } else {
    record.code = Rejection::books_not_closed;
  }
}

}  // namespace giro::test
