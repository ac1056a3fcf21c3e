// What somebody chose for this browser: colours and density. Kept in a cookie, so that the
// server writes the page right the first time, and in local storage, which outlives it.

const YEAR_SECONDS = 31_536_000;

function apply(name, value) {
  document.documentElement.dataset[name] = value;
  localStorage.setItem(name, value);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=strict${secure}`;
}

for (const group of document.querySelectorAll("[data-setting]")) {
  const name = group.dataset.setting;
  const kept = localStorage.getItem(name);
  const choice = kept && group.querySelector(`input[value="${CSS.escape(kept)}"]`);
  if (choice && !document.cookie.includes(`${name}=`)) {
    choice.checked = true;
    apply(name, kept);
  }
  group.addEventListener("change", ({ target }) => apply(name, target.value));
}
