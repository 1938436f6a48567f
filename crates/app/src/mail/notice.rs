//! What owners of accounts are told about signing in.

use serde::{Deserialize, Serialize};

/// What an owner of an account should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A browser that was not known.
    SignIn,
    /// Another password.
    PasswordChanged,
    /// Another password, by a link from the mail.
    PasswordReset,
    /// The password was right, and the second factor was guessed at.
    FactorGuessed,
    /// A copy of all data.
    DataCopied,
    /// A request to erase everything.
    ErasureAsked,
    /// An app for codes.
    AppAdded,
    /// No app for codes any more.
    AppRemoved,
    /// A passkey more.
    PasskeyAdded,
    /// A passkey less.
    PasskeyRemoved,
    /// One of the codes on paper.
    RecoveryCodeUsed,
    /// New codes on paper.
    RecoveryCodesMade,
    /// No second factor any more, by the shop's hand.
    FactorsRemoved,
    /// A key for programs.
    ApiKeyMade,
    /// Another role at the shop.
    RoleChanged,
    /// Another password for the panel.
    PanelPassword,
}

impl Notice {
    /// Everything that may happen.
    #[cfg(test)]
    pub(super) const ALL: [Self; 16] = [
        Self::SignIn,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::FactorGuessed,
        Self::DataCopied,
        Self::ErasureAsked,
        Self::AppAdded,
        Self::AppRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesMade,
        Self::FactorsRemoved,
        Self::ApiKeyMade,
        Self::RoleChanged,
        Self::PanelPassword,
    ];

    /// The word in the audit log.
    pub fn key(self) -> &'static str {
        match self {
            Self::SignIn => "account.sign-in",
            Self::PasswordChanged => "account.password",
            Self::PasswordReset => "account.reset",
            Self::FactorGuessed => "account.factor-guessed",
            Self::DataCopied => "account.export",
            Self::ErasureAsked => "account.erasure-asked",
            Self::AppAdded => "account.app-added",
            Self::AppRemoved => "account.app-removed",
            Self::PasskeyAdded => "account.passkey-added",
            Self::PasskeyRemoved => "account.passkey-removed",
            Self::RecoveryCodeUsed => "account.recovery-code",
            Self::RecoveryCodesMade => "account.recovery-codes",
            Self::FactorsRemoved => "account.factors-removed",
            Self::ApiKeyMade => "account.api-key",
            Self::RoleChanged => "account.role",
            Self::PanelPassword => "account.panel-password",
        }
    }
}
