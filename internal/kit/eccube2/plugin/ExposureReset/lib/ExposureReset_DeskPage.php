<?php
/** The settings page as HTML. The template sees $v and $css. */
class ExposureReset_DeskPage
{
    public static function answer($v)
    {
        $css = rtrim(file_get_contents(dirname(__FILE__) . '/../templates/config.css'));
        ob_start();
        include dirname(__FILE__) . '/../templates/config.php';
        $body = ob_get_clean();
        return new ExposureReset_Answer(200, array(
            'Content-Type' => 'text/html; charset=UTF-8',
            'Cache-Control' => 'no-store',
            'Referrer-Policy' => 'same-origin',
            'Content-Security-Policy' => "default-src 'none'; style-src 'sha256-" . base64_encode(hash('sha256', $css, true))
                . "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            'X-Content-Type-Options' => 'nosniff',
            'X-Frame-Options' => 'DENY',
        ), $body);
    }

    /** Label, hint and kind of every text field, by its name. */
    public static function fields()
    {
        return array(
            'api_url' => array('APIのURL', '例：https://mypage-api.example.com'),
            'lookup_url' => array('「お客様情報の確認」ページのURL', '会員の方をご案内する先です。'),
            'shop_name' => array('店名', ''),
            'phone' => array('お客様相談窓口の電話番号', '半角で入力してください。'),
            'notice_date' => array('お知らせの日付', '例：2023年7月25日'),
            'ca_file' => array('証明書ファイル（通常は空欄）', 'サーバーの証明書が古く、自己診断で証明書を確かめられないときだけ、認証局の証明書をまとめたファイルの絶対パスを入力してください。'),
        );
    }

    public static function e($text)
    {
        return ExposureReset_Pages::escape($text);
    }
}
