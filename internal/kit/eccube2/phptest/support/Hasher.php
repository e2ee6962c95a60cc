<?php
/** What a shop of 2.11 and later does with passwords; without a salt, what 2.4 does. */
class Hasher
{
    public $lies = false; // its look does not find what it made

    public function hash($password, $salt)
    {
        return $salt === '' ? sha1($password . ':magic') : hash_hmac('sha256', $password . ':magic', $salt);
    }

    public function matches($password, $hash, $salt)
    {
        return !$this->lies && $hash !== '' && $this->hash($password, $salt) === $hash;
    }
}
