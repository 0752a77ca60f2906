// Keeps the token that the page of a mailed link shows, for the merchant's page in the same tab.
try {
  sessionStorage.setItem("jeton", document.getElementById("jeton").textContent);
} catch {
  // Storage is forbidden: the merchant's page asks for the token.
}
