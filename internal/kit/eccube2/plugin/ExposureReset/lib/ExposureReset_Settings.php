<?php
/**
 * What the shop enters on the settings page. A value object: it calls nobody.
 *
 * mode is 'watch' (nothing of the shop is touched) or 'on'. Whatever else is stored counts
 * as 'watch'.
 */
class ExposureReset_Settings
{
    public $api_url = '';     // base of the MY page API, https
    public $key = '';         // client key, kept like the database password
    public $lookup_url = '';  // the page where customers look themselves up
    public $ca_file = '';     // certificates to trust instead of the system's; may be empty
    public $mode = 'watch';
    public $shop_name = '';
    public $phone = '';
    public $notice_date = ''; // as it is to be read by customers

    /** Names of all settings. */
    public static function names()
    {
        return array('api_url', 'key', 'lookup_url', 'ca_file', 'mode', 'shop_name', 'phone', 'notice_date');
    }

    /** Settings from an array; what is missing or no text is empty, what is unknown is left out. */
    public static function fromArray($values)
    {
        $s = new ExposureReset_Settings();
        foreach (self::names() as $name) {
            if (isset($values[$name]) && is_string($values[$name])) {
                $s->$name = trim($values[$name]);
            }
        }
        $s->api_url = rtrim($s->api_url, '/');
        if ($s->mode !== 'on') {
            $s->mode = 'watch';
        }
        return $s;
    }

    public function toArray()
    {
        $values = array();
        foreach (self::names() as $name) {
            $values[$name] = $this->$name;
        }
        return $values;
    }

    /** One line of text for a database field; unpack reads it. PHP 5.2 may lack JSON. */
    public function pack()
    {
        $pairs = array();
        foreach ($this->toArray() as $name => $value) {
            $pairs[] = $name . '=' . rawurlencode($value);
        }
        return implode('&', $pairs);
    }

    /** Settings from what pack wrote. Anything else gives empty settings in mode watch. */
    public static function unpack($text)
    {
        $values = array();
        foreach (explode('&', (string) $text) as $pair) {
            $parts = explode('=', $pair, 2);
            if (count($parts) === 2) {
                $values[$parts[0]] = rawurldecode($parts[1]);
            }
        }
        return self::fromArray($values);
    }

    /** True when old passwords may be made worthless and members kept out. */
    public function isOn()
    {
        return $this->mode === 'on';
    }

    /** What is wrong with the settings, in sentences for the administrator; empty: nothing. */
    public function problems()
    {
        $list = array();
        if (!self::isSecure($this->api_url)) {
            $list[] = 'APIのURLは https:// で始まるURLを入力してください（?や#は使えません）。';
        }
        if (!preg_match('/\Aexk_[A-Za-z0-9_-]{16,200}\z/', $this->key)) {
            $list[] = 'APIのキーの形式が正しくありません。exk_ で始まるキーをそのまま入力してください。';
        }
        if (!self::isSecure($this->lookup_url)) {
            $list[] = '「お客様情報の確認」ページのURLは https:// で始まるURLを入力してください。';
        }
        if ($this->ca_file !== '' && !(preg_match('#\A(/|[A-Za-z]:[\\\\/])#', $this->ca_file) && is_readable($this->ca_file))) { // no wrapper: phar:// would unserialize
            $list[] = '証明書ファイルが読めません。サーバー内の絶対パスを入力するか、空欄にしてください。';
        }
        if ($this->shop_name === '') {
            $list[] = '店名を入力してください。';
        }
        if (!preg_match('/\A[0-9+() -]{6,30}\z/', $this->phone)) {
            $list[] = 'お客様窓口の電話番号を半角で入力してください。';
        }
        if ($this->notice_date === '') {
            $list[] = 'お知らせの日付を入力してください（例：2023年7月25日）。';
        }
        return $list;
    }

    /** True for an https URL without query and fragment; http only on the machine itself. */
    public static function isSecure($url)
    {
        if (!preg_match('#\A(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?\z#', $url, $m)) {
            return false;
        }
        return $m[1] === 'https' || in_array($m[2], array('localhost', '127.0.0.1', '[::1]'), true);
    }
}
