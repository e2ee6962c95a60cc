<?php
/**
 * The shop's own way with passwords, so that its login finds right what is stored here. A row
 * without a salt is read the old way by every version, so it is written the old way: a salt
 * belongs to the answer of the member's secret question, too, and is never changed.
 */
class ExposureReset_Hasher
{
    /** What to store for a password; $salt: the row's, '' where it has none. */
    public function hash($password, $salt)
    {
        if (defined('AUTH_TYPE') && AUTH_TYPE === 'PLAIN') {
            return $password;
        }
        $utils = self::utils();
        if ($salt !== '' && is_callable(array($utils, 'sfGetHashString'))) {
            return (string) call_user_func(array($utils, 'sfGetHashString'), $password, $salt);
        }
        return sha1($password . ':' . AUTH_MAGIC);
    }

    /** Whether the shop's login would find this password right. A blank hash never is. */
    public function matches($password, $hash, $salt)
    {
        if ((string) $hash === '') {
            return false;
        }
        $utils = self::utils();
        if (is_callable(array($utils, 'sfIsMatchHashPassword'))) {
            return (bool) call_user_func(array($utils, 'sfIsMatchHashPassword'), $password, $hash, $salt);
        }
        return ExposureReset_Random::same($this->hash($password, ''), (string) $hash);
    }

    private static function utils()
    {
        return class_exists('SC_Utils_Ex') ? 'SC_Utils_Ex' : 'SC_Utils';
    }
}
