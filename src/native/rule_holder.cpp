// The settings of the rule of numeric variants, and the rule as Python asks it.
#include "bindings.hpp"
#include "numeric_variants.hpp"

namespace dedup {
namespace {
// The rule for held texts, as Python asks it.
class TextsRule {
   public:
    TextsRule(const RuleHolder& holder, const TextsHolder& texts)
        : texts_(texts), rule_(holder, texts.texts()) {}
    bool spares(i64 row, i64 witness, double similarity) {
        check(row), check(witness);
        return rule_.spares(row, witness, similarity);
    }
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure) {
        check(row), check(witness);
        return rule_.is_numeric_variant(row, witness, similarity, any_figure);
    }

   private:
    void check(i64 row) const {
        if (row < 0 || row >= texts_.rows()) throw nb::index_error("row: beyond the texts");
    }

    const TextsHolder& texts_;
    PairRule rule_;
};
}  // namespace

RuleHolder::RuleHolder(const nb::object& settings)
    : settings_{settings},
      held_{settings.attr("signs"), settings.attr("names")},
      signs_(nb::cast<const NumberSigns&>(held_[0])),
      names_(nb::cast<const Names&>(held_[1])) {
    if (settings_.spaced.size() != 2) throw nb::value_error("spaced_thirds: not two numbers");
    if (settings_.ngram < 1 || settings_.ngram_unspaced < 1) throw nb::value_error("ngram: not 1 at least");
}

void bind_numeric_variants(nb::module_& m) {
    nb::class_<RuleHolder>(m, "PairRule").def(nb::init<nb::object>(), "settings"_a);
    nb::class_<TextsRule>(m, "TextsRule")
        .def(nb::init<const RuleHolder&, const TextsHolder&>(), "rule"_a, "texts"_a, nb::keep_alive<1, 2>(),
             nb::keep_alive<1, 3>())
        .def("spares", &TextsRule::spares, "row"_a, "witness"_a, "similarity"_a)
        .def("is_numeric_variant", &TextsRule::is_numeric_variant, "row"_a, "witness"_a, "similarity"_a,
             "any_figure"_a);
}
}  // namespace dedup
