//! What owners of accounts are told about signing in, in words.

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
    /// A key for programs.
    ApiKeyMade,
    /// Another role at the shop.
    RoleChanged,
}

impl Notice {
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
            Self::ApiKeyMade => "account.api-key",
            Self::RoleChanged => "account.role",
        }
    }

    /// The mail's subject.
    pub fn subject(self) -> &'static str {
        match self {
            Self::SignIn => "New sign-in to your account",
            Self::PasswordChanged => "Your password was changed",
            Self::PasswordReset => "Your password was set anew",
            Self::FactorGuessed => "Somebody knows your password",
            Self::DataCopied => "A copy of your data was made",
            Self::ErasureAsked => "Your data is to be erased",
            Self::AppAdded => "Codes of an app were switched on",
            Self::AppRemoved => "Codes of an app were switched off",
            Self::PasskeyAdded => "A passkey was added to your account",
            Self::PasskeyRemoved => "A passkey was removed from your account",
            Self::RecoveryCodeUsed => "A recovery code was used",
            Self::RecoveryCodesMade => "New recovery codes were made",
            Self::ApiKeyMade => "An API key was made",
            Self::RoleChanged => "Your role was changed",
        }
    }

    /// What happened, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SignIn => "somebody signed in to your account with a browser that we had not seen there before.",
            Self::PasswordChanged => "the password of your account was changed, and all other sign-ins were ended.",
            Self::PasswordReset => {
                "the password of your account was set anew with a link from your mail. All sign-ins and API keys were ended. Look at your \
                 passkeys: remove what is not yours."
            }
            Self::FactorGuessed => {
                "somebody signed in with your password and then guessed at your second factor, and has to wait now. If it was not you, set a \
                 new password."
            }
            Self::DataCopied => "a copy of everything that we store about you was downloaded.",
            Self::ErasureAsked => {
                "somebody who was signed in asked us to erase your account. Write to us at once if it was not you."
            }
            Self::AppAdded => "from now on, signing in asks for a code of your app.",
            Self::AppRemoved => "signing in does not ask for a code of your app any more.",
            Self::PasskeyAdded => "a passkey was added: with it alone one can sign in.",
            Self::PasskeyRemoved => "a passkey was removed: one cannot sign in with it any more.",
            Self::RecoveryCodeUsed => {
                "one of your recovery codes was used instead of your second factor. It is of no use any more."
            }
            Self::RecoveryCodesMade => "new recovery codes were made. The earlier ones are of no use any more.",
            Self::ApiKeyMade => "a key was made with which programs can act for your account.",
            Self::RoleChanged => "what you may do at the shop was changed, and your sign-ins were ended.",
        }
    }
}
